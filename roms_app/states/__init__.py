"""One flat `rx.State` per panel of a tab: a handler identifies the agent, calls one service, sets vars.

No SQL here, and no layout.
"""
