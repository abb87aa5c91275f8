"""Taquilla: films from an API to a lake, a warehouse, a dashboard and a model."""

__version__ = "0.1.0"
