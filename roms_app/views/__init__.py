"""What a browser may see: frozen dataclasses, made by services, shown by states and sent by `live/push.py`.

A field that is not here never reaches a browser. Times are epoch milliseconds; the browser formats them in the
agent's zone and language (docs/decisions), because one patch goes to agents of every zone.
"""
