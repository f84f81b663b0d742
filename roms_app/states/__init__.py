"""One flat `rx.State` per panel of a tab. A handler identifies the agent, calls one service and sets vars.

No SQL here, and no layout.
"""
