"""Spark is a server of these tests."""

from services.spark import pytest_terminal_summary, spark

__all__ = ["pytest_terminal_summary", "spark"]
