"""Which shelf a program's states are on, as its settings say."""

from collections.abc import Callable

from streams.engine.memory import Allowance, MemoryShelf
from streams.engine.packing import Packer, Plain, Zstd
from streams.engine.settings import EngineSettings
from streams.engine.store import Shelf


def shelf_maker(settings: EngineSettings) -> Callable[[int], Shelf]:
    """Return what makes the shelf of a partition, given its number."""
    if settings.store == "rocksdb" and settings.changelog_topic is not None:
        from streams.engine.rocks import RocksShelf  # a native library that most programs do not need

        directory = settings.state_dir / "states" / settings.changelog_topic
        belongs_to = f"{settings.app_id} {settings.changelog_topic}"
        return lambda number: RocksShelf(directory / str(number), f"{belongs_to}/{number}", settings.store_gist)
    packer: Packer = Zstd(settings.store_sample) if settings.store_packing else Plain()
    allowance = Allowance(settings.store_fresh_bytes if settings.store_packing else 0)
    return lambda _number: MemoryShelf(packer, settings.store_gist, allowance)
