"""Redis streams: connections, publishing and trimming."""
