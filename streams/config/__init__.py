"""Settings: read once from the environment and an optional file, handed on as small frozen values."""
