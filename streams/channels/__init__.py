"""Where messages leave the house: Apprise's services and Alertmanager, each with an outcome that says what to do next.

Blocking, for threads. The door is `send.Channels`.
"""
