"""WhatsApp Web with wa-js in a real Chromium, as the worker opens it: shared by the tests of the page."""

import json
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page

from devtools.waiting import until

#: What the library is told before it starts: no analytics, no link previews by strangers.
CONFIG = "window.WPPConfig = {disableGoogleAnalytics: true, linkPreviewApiServers: []};"
#: Keeps every event as [name, what matters of it].
LISTEN = """
window.heard = [];
WPP.onAny((name, data) => {
  const text = (x) => (x == null ? null : String(x));
  const shape = {
    'chat.new_message': ({id, body, type}) =>
      ({id: id.id, chat: text(id.remote), fromMe: id.fromMe, body, type}),
    'chat.msg_ack_change': (a) => ({ack: a.ack, ids: a.ids.map((id) => id.id)}),
    'chat.msg_edited': (e) => ({id: e.msg.id.id, body: e.msg.body}),
    'chat.msg_revoke': (r) => ({id: r.refId.id}),
    'chat.new_reaction': (r) => ({id: text(r.msgId), text: r.reactionText, sender: text(r.sender)}),
  };
  window.heard.push([name, shape[name] ? shape[name](data) : typeof data === 'object' ? null : data]);
});0
"""


#: Of a page that is being loaded, and of wa-js before WhatsApp Web's modules are there.
_LOADING = ("destroyed", "WPP is not defined", "is not a function")


class Web:
    """WhatsApp Web with wa-js, as the worker opens it."""

    def __init__(self, context: BrowserContext, url: str, phone: str = "7") -> None:
        self.page: Page = context.new_page()
        self.foreign: list[str] = []
        own = (url, "data:", "blob:")
        self.page.on("request", lambda r: None if r.url.startswith(own) else self.foreign.append(r.url))
        self.page.goto(f"{url}/?phone={phone}")

    def read(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def until(self, script: str) -> Any:
        """Look until it is true; a reload in between is no answer."""

        def look() -> Any:
            try:
                return self.page.evaluate(script)
            except Error as error:
                if any(sign in error.message for sign in _LOADING):
                    return None
                raise

        return until(look, what=script)

    def hears(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Wait for an event with these values."""
        match = json.dumps(wanted)
        return self.until(
            f"(window.heard.find(([name, data]) => name === '{name}' && "
            f"Object.entries({match}).every(([k, v]) => JSON.stringify(data[k]) === JSON.stringify(v))) || [])[1]"
        )

    def is_live(self) -> None:
        self.until("WPP.isFullReady && WPP.conn.isAuthenticated() && WPP.conn.getStreamData().mode === 'MAIN'")

    def send(self, body: str, message_id: str) -> dict[str, Any]:
        return self.read(
            """([body, id]) => WPP.chat.sendTextMessage('200200@lid', body,
                 {messageId: 'true_200200@lid_' + id, waitForAck: true, linkPreview: false}).then((r) => ({...r}))""",
            [body, message_id],
        )
