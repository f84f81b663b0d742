"""Tools for the developers of ROMS: a whole system on free ports, the benchmark, the screenshots."""
