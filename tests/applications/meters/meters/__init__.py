"""Reads meters."""
