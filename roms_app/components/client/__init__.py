"""Ties components to the browser: its store as Vars, the shapes that assets/roms makes, the bridge to the states."""
