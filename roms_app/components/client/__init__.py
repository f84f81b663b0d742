"""Connects components to the browser: its store as Vars, the data shapes of assets/roms, the bridge to the states."""
