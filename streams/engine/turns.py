"""How the coroutines of a worker's loop give way to each other between two pieces of work that block it."""

import asyncio

TURNS = 8
"""Turns of the loop that others get: what is sent, acknowledged or asked for needs several, and waits for each."""


async def give_way() -> None:
    """Let everything else go on: the network, timers, and one piece of work of whoever gives way in the same manner."""
    for _ in range(TURNS + 1):
        await asyncio.sleep(0)
