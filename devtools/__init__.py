"""Tools of those who work on ROMS: a whole system on free ports, the benchmark, the screenshots."""
