"""Draws and writes the worlds of this folder; run by ``worlds/build.py``."""
