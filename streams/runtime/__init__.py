"""The product's programs on the engine: `track` keeps the deals, `learn` keeps the models. Thin: read, call, write."""
