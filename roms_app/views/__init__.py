"""The data that a browser may see: frozen dataclasses, built by services, shown by states, sent by `live/push.py`.

A field that is not here never reaches a browser. Times are epoch milliseconds; the browser formats them in the agent's
timezone and language (docs/decisions), because one patch goes to agents of all timezones.
"""
