"""The rules by story, each declared beside its condition and its words; `streams/alerts/registry.py` has them all."""
