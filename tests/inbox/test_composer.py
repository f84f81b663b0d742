"""Tests of assets/roms/composer.js: the content that it sends, its keys, and when it clears the box."""

import json
from typing import Any

import pytest

from tests.inbox.conftest import ASSETS, STORAGE, Node

#: A page of which only the composer and its tray are there; `page` keeps what they did. Uploads end when told.
_PAGE = """
globalThis.composerPage = ((sources) => {
  const stored = makeStorage({ token: "t" });
  const box = { value: "", focus() {} };
  const page = {
    box, sent: [], told: [], error: "", open: 1, noAnswer: null, leave: null, stored, at: 1_000_000, uploads: [],
    shownFiles: [], agent: 5,
  };
  const here = {
    roms: {
      now: () => Date.now(), agentId: () => page.agent, conversationId: () => page.open, clearUnseen() {},
      read: () => page,
      publish: (name, values) => { if (name === "files") page.shownFiles = values; else Object.assign(page, values); },
      send: (name, payload) => (name === "send_message" ? page.sent : page.told).push(payload),
    },
    romsControls: { toBottom() {} },
    romsEmoji: { mount: () => () => {} },
  };
  const area = { dataset: { maxMb: "1" } };
  const document = {
    documentElement: { lang: "en" }, addEventListener() {}, querySelector: () => null,
    getElementById: (id) => ({ "roms-composer": box, "roms-composer-area": area })[id] ?? null,
  };
  const window = { addEventListener: (name, handler) => { if (name === "beforeunload") page.leave = handler; } };
  const sessionStorage = stored;
  class XMLHttpRequest {
    upload = {};
    open(method, address) { this.address = address; }
    send(form) { page.uploads.push(Object.assign(this, { form })); }
    abort() { this.isAborted = true; this.onabort(); }
    progress(loaded) { this.upload.onprogress({ loaded, total: 100 }); }
    end(status, response) { Object.assign(this, { status, response }).onload(); }
  }
  const later = (callback, ms) => { page[ms === 10_000 ? "noAnswer" : "pause"] = callback; return ms; };
  const never = (ms) => { if (ms === 10_000) page.noAnswer = null; };
  const clock = { now: () => page.at };
  const pictures = { createObjectURL: ({ name }) => `blob:${name}`, revokeObjectURL() {} };
  const names = ["globalThis", "document", "window", "sessionStorage", "setTimeout", "clearTimeout", "matchMedia",
    "XMLHttpRequest", "FormData", "URL", "Date", "requestAnimationFrame"];
  for (const source of sources) {
    new Function(...names, source)(here, document, window, sessionStorage, later, never, () => ({ matches: false }),
      XMLHttpRequest, class { append(...parts) { this.parts = parts; } }, pictures, clock, (callback) => callback());
  }
  here.roms.format = () => new here.romsFormat.Format("en");
  page.composer = here.romsComposer;
  page.recorder = here.romsRecorder;
  page.tray = here.romsUpload;
  page.write = (text) => { box.value = text; page.composer.onInput({ target: { id: "roms-composer" } }); };
  page.type = (text) => { page.write(text); page.composer.submit(); return page.sent.at(-1).key; };
  page.go = (id) => { page.composer.left(); page.open = id; page.composer.opened(id); };
  page.file = (name, type = "image/png", size = 2048) => ({ name, type, size });
  page.attach = (...files) => page.tray.add(files.map((file) => (typeof file === "string" ? page.file(file) : file)));
  return page;
})(%s);
"""


class Composer:
    """The page in Node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        # With another `globalThis` than Node's own, a `var` isn't put there by itself.
        sources = [
            (ASSETS / f"{name}.js").read_text("utf-8") + f"globalThis.roms{name.title()} = roms{name.title()};"
            for name in ("dom", "format", "upload", "composer", "recorder")
        ]
        self._node.run(STORAGE)
        self.run(_PAGE % json.dumps(sources) + "null")

    def run(self, script: str) -> Any:
        """The value of a script that knows `p`, the page."""
        return self._node.run(f"var p = globalThis.composerPage; {script}")

    def answer(self, number: int, status: int = 200, **response: Any) -> None:
        """End the upload of that number; what follows of it has happened when this returns."""
        self.run(f"p.uploads[{number}].end({status}, {json.dumps(response)})")
        self.run("null")

    def uploaded(self, *numbers: int, kind: str = "image") -> None:
        """Confirm these sends as the server."""
        for number in numbers:
            self.answer(number, token=f"t{number}", kind=kind)

    @property
    def sent(self) -> dict[str, Any]:
        """The last send, without its key."""
        return {name: value for name, value in self.run("p.sent.at(-1)").items() if name != "key"}


@pytest.fixture
def page(node: Node) -> Composer:
    return Composer(node)


def test_the_same_text_keeps_its_key_until_it_is_accepted(page: Composer) -> None:
    first = page.run("p.type('Siap')")
    assert len(first) == 32
    page.run("p.noAnswer()")
    assert page.run("p.box.value") == "Siap"
    assert page.run("p.composer.submit(); p.sent.map((each) => each.key)") == [first, first]
    page.run(f"p.composer.accepted({first!r})")
    assert page.run("[p.box.value, p.is_sending, p.error]") == ["", False, ""]
    assert page.run("p.type('Siap')") != first


def test_another_text_or_conversation_has_a_key_of_its_own(page: Composer) -> None:
    keys = [page.run("p.type('Siap')"), page.run("p.noAnswer(); p.type('Baik')")]
    keys.append(page.run("p.noAnswer(); p.go(2); p.type('Siap')"))
    assert len(set(keys)) == 3


def test_a_late_answer_clears_the_text_unless_it_was_altered(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    page.run(f"p.noAnswer(); p.composer.accepted({key!r})")
    assert page.run("[p.box.value, p.error]") == ["", ""]
    key = page.run("p.type('Siap')")
    assert page.run(f"p.noAnswer(); p.box.value = 'Siap kak'; p.composer.accepted({key!r}); p.box.value") == "Siap kak"


def test_what_was_typed_while_it_was_sent_stays(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    assert page.run(f"p.box.value = 'Siap kak'; p.composer.accepted({key!r}); p.box.value") == " kak"


def test_an_answer_after_the_thread_was_left_clears_that_threads_draft(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    page.run("p.go(2); p.box.value = 'Siap'")
    assert page.run("p.stored['roms-draft-5-1']") == "Siap"
    page.run(f"p.composer.accepted({key!r})")
    assert page.run("[p.stored['roms-draft-5-1'] ?? '', p.box.value]") == ["", "Siap"]
    assert page.run("p.go(1); p.box.value") == ""


def test_a_late_refusal_is_shown_where_it_belongs(page: Composer) -> None:
    key = page.run("p.type('Siap')")
    assert page.run(f"p.go(2); p.composer.refused({key!r}, 'No.'); p.error") == "In another chat: No."
    assert page.run("p.go(1); [p.error, p.box.value]") == ["No.", "Siap"]
    assert page.run("p.write('Siap!'); p.go(2); p.go(1); p.error") == ""


def test_no_answer_is_told_also_of_a_thread_that_was_left(page: Composer) -> None:
    """Send was pressed while a file was on its way, and the agent went on to another thread."""
    page.run("p.attach('a.png'); p.write('Foto'); p.composer.submit(); p.go(2)")
    page.uploaded(0)
    assert page.sent == content("", ("t0", "Foto"))
    assert page.run("p.noAnswer(); p.error").startswith("In another chat: The server has not answered")
    assert page.run("p.go(1); p.error").startswith("The server has not answered")
    assert page.run("p.go(2); p.composer.accepted(p.sent[0].key); p.go(1); [p.error, p.shownFiles.length]") == ["", 0]


def test_a_refused_file_of_a_thread_that_was_left_is_told(page: Composer) -> None:
    page.run("p.attach('a.png'); p.composer.submit(); p.go(2)")
    page.answer(0, 400, error="No.", can_retry=False)
    assert "A file was not taken" in page.run("p.error")
    assert page.run("p.go(1); p.error").startswith("A file was not taken")


def test_the_message_in_the_thread_is_an_answer_too(page: Composer) -> None:
    page.run("p.type('Siap'); p.noAnswer()")
    told = "{ is_ours: true, conversation_id: %d, body: 'Siap', sent_at: Date.now() }"
    assert page.run(f"p.composer.noticeAccepted([{told % 2}]); p.box.value") == "Siap"
    assert page.run(f"p.composer.noticeAccepted([{told % 1}]); p.box.value") == ""


def test_a_page_that_was_logged_out_keeps_no_draft(page: Composer) -> None:
    page.run("p.composer.mount(); p.box.value = 'Rahasia'; p.leave({ preventDefault() {} })")
    assert page.run("p.stored['roms-draft-5-1']") == "Rahasia"
    assert page.run("p.stored.clear(); p.leave({ preventDefault() {} }); Object.keys(p.stored).length") == 0


def content(body: str = "", *files: tuple[str, str], quoted: int = 0) -> dict[str, Any]:
    """The events that the page sends for conversation 1."""
    tokens, captions = [token for token, _ in files], [caption for _, caption in files]
    return {
        "conversation_id": 1, "body": body, "tokens": tokens, "captions": captions, "quoted_message_id": quoted,
    }  # fmt: skip


def test_a_draft_is_its_agents_alone(page: Composer) -> None:
    page.run("p.box.value = 'Untuk Dewi'; p.go(2); p.box.value = 'Untuk Rina'; p.composer.keepDraft()")
    page.run("p.composer.dropDraftsOfOthers(); p.go(1)")
    assert page.run("p.box.value") == "Untuk Dewi", "the same agent is back"
    page.run("p.box.value = ''; p.agent = 6; p.open = 0; p.composer.opened(0); p.go(2)")
    assert page.run("[p.box.value, p.composer.keptElsewhere()]") == ["", []]
    page.run(
        "p.composer.dropDraftsOfOthers(); p.box.value = ''; p.agent = 5; p.open = 0; p.composer.opened(0); p.go(2)"
    )
    assert page.run("[p.box.value, Object.keys(p.stored)]") == ["", ["token"]]


def test_files_are_uploaded_two_at_once_and_shown_as_they_come(page: Composer) -> None:
    page.run("p.attach('a.png', p.file('b.pdf', 'application/pdf', 3 * 1024 * 1024 / 4), 'c.png')")
    assert page.run("p.uploads.map((each) => each.form.parts[2])") == ["a.png", "b.pdf"]
    page.run("p.uploads[0].progress(40)")
    first, second, third = page.run("p.shownFiles")
    assert (first["preview"], first["note"], first["progress"]) == ("blob:a.png", "Uploading 40%", 40)
    assert (second["kind"], second["preview"], third["note"]) == ("document", "", "Waiting")
    page.uploaded(0, 1)
    assert page.run("p.uploads.length") == 3
    assert [each["note"] for each in page.run("p.shownFiles")] == ["2 kB", "768 kB", "Uploading 0%"]
    page.uploaded(2, kind="document")
    assert page.run("p.shownFiles[2].preview") == "", "it was only called a picture"


def test_send_waits_for_the_uploads_and_keeps_their_order(page: Composer) -> None:
    page.run("p.attach('a.png', 'b.png'); p.write('Dua foto'); p.composer.submit()")
    assert page.run("[p.sent.length, p.is_sending, p.box.value]") == [0, True, "Dua foto"]
    page.uploaded(1)
    assert page.run("p.sent.length") == 0
    page.uploaded(0)
    assert page.sent == content("", ("t0", "Dua foto"), ("t1", ""))
    assert page.run("p.composer.accepted(p.sent[0].key); [p.box.value, p.shownFiles.length, p.is_sending]") == [
        "",
        0,
        False,
    ]


def test_a_text_is_a_caption_where_there_can_be_one(page: Composer) -> None:
    page.run("p.attach(p.file('a.mp3', 'audio/mpeg'), 'b.png', 'c.png')")
    assert [each["has_caption"] for each in page.run("p.shownFiles")] == [False, False, True]
    page.uploaded(0, kind="audio")
    page.uploaded(1, 2)
    page.run("p.tray.items(1)[2].caption = 'Belakang'; p.type('Depan')")
    assert page.sent == content("", ("t0", ""), ("t1", "Depan"), ("t2", "Belakang"))
    page.run("p.composer.refused(p.sent.at(-1).key, 'No.')")
    long = "x" * 1025
    page.run(f"p.type('{long}')")
    assert page.sent == content(long, ("t0", ""), ("t1", ""), ("t2", "Belakang"))


def test_a_refused_file_keeps_its_place_and_stops_what_waits(page: Composer) -> None:
    page.run("p.attach('a.png'); p.write('Ini'); p.composer.submit()")
    page.answer(0, 413, error="Files may have 1 MB.", can_retry=False)
    [file] = page.run("p.shownFiles")
    assert (file["state"], file["error"], file["can_retry"]) == ("refused", "Files may have 1 MB.", False)
    assert page.run("[p.is_sending, p.box.value, p.sent.length]") == [False, "Ini", 0]
    assert "remove it" in page.run("p.error")
    assert "remove it" in page.run("p.error = ''; p.composer.submit(); p.error")
    page.run(f"p.tray.remove({file['id']!r}); p.composer.submit()")
    assert page.sent == content("Ini")


def test_a_lost_connection_can_be_tried_again(page: Composer) -> None:
    page.run("p.attach('a.png'); p.uploads[0].onerror()")
    page.run("null")
    [file] = page.run("p.shownFiles")
    assert (file["state"], file["error"], file["can_retry"]) == ("refused", "The connection was lost.", True)
    page.run(f"p.tray.retry({file['id']!r})")
    page.uploaded(1)
    assert page.run("p.shownFiles[0].state") == "ready"


def test_a_file_that_is_too_big_is_not_even_begun(page: Composer) -> None:
    page.run("p.attach(p.file('a.mp4', 'video/mp4', 1024 * 1024 + 1))")
    assert page.run("[p.uploads.length, p.shownFiles[0].error]") == [
        0,
        "Files may have 1 MB. Make it smaller, or send a link.",
    ]


def test_a_tray_belongs_to_its_conversation_and_waits_there(page: Composer) -> None:
    page.run("p.attach('a.png'); p.write('Ini'); p.composer.submit(); p.go(2)")
    assert page.run("[p.shownFiles.length, p.is_sending, p.box.value]") == [0, False, ""]
    page.uploaded(0)
    assert page.sent == content("", ("t0", "Ini")), "it was sent, and goes when its file is there"
    page.run("p.composer.accepted(p.sent[0].key); p.go(1)")
    assert page.run("[p.shownFiles.length, p.box.value]") == [0, ""]


def test_what_was_attached_meanwhile_stays(page: Composer) -> None:
    page.run("p.attach('a.png')")
    page.uploaded(0)
    page.run("p.composer.submit(); p.attach('b.png'); p.composer.accepted(p.sent[0].key)")
    assert [each["name"] for each in page.run("p.shownFiles")] == ["b.png"]


def test_the_same_files_sent_again_keep_their_key(page: Composer) -> None:
    page.run("p.attach('a.png')")
    page.uploaded(0)
    page.run("p.composer.submit(); p.noAnswer(); p.composer.submit()")
    first, second = page.run("p.sent.map((each) => each.key)")
    assert first == second
    page.run("p.noAnswer(); p.write('Dengan teks'); p.composer.submit()")
    assert page.run("p.sent.at(-1).key") != first


def test_a_removed_file_is_broken_off(page: Composer) -> None:
    page.run("p.attach('a.png', 'b.png', 'c.png'); p.tray.remove(p.shownFiles[0].id)")
    page.run("null")
    assert page.run("[p.uploads[0].isAborted, p.shownFiles.map((each) => each.name)]") == [True, ["b.png", "c.png"]]
    assert page.run("p.uploads.length") == 3


def test_only_so_many_files_at_once(page: Composer) -> None:
    page.run("p.attach(...Array.from({ length: 31 }, (_, index) => `${index}.png`))")
    assert page.run("p.shownFiles.length") == 30
    assert "30 files" in page.run("p.error")


def test_a_quote_goes_along_once_and_stays_with_its_conversation(page: Composer) -> None:
    page.run("p.composer.quote('m17', 'Dewi', 'Apakah ada?', 'text')")
    assert page.run("[p.has_quote, p.quote_author, p.quote]") == [True, "Dewi", "Apakah ada?"]
    assert page.run("p.go(2); p.has_quote") is False
    page.run("p.go(1); p.type('Ada')")
    assert page.sent == content("Ada", quoted=17)
    assert page.run("p.has_quote"), "until the server has it"
    assert page.run("p.composer.accepted(p.sent[0].key); p.has_quote") is False
    assert page.run("p.composer.quote('m18', '', 'x', 'text'); p.composer.unquote(); p.type('Ya')")
    assert page.sent == content("Ya")


def test_a_recording_goes_by_itself_and_leaves_the_text(page: Composer) -> None:
    page.run("p.write('Nanti'); p.done = []")
    page.run(
        "p.composer.sendVoice(1, 'tv', { onAccepted: () => p.done.push('yes'), onRefused: () => p.done.push('no') })"
    )
    assert page.sent == content("", ("tv", ""))
    assert page.run("p.composer.refused(p.sent[0].key, 'No.'); [p.done, p.error]") == [["no"], "No."]
    assert page.run("p.composer.accepted(p.sent[0].key); [p.done, p.box.value]") == [["no", "yes"], "Nanti"]


def test_the_customer_sees_typing_at_most_every_five_seconds(page: Composer) -> None:
    page.run("p.write('H'); p.at += 1000; p.write('Ha'); p.at += 4500; p.write('Hal')")
    assert page.run("p.told") == [{"conversation_id": 1, "activity": "typing"}] * 2
    page.run("p.pause()")
    assert page.run("p.told.at(-1).activity") == "paused"
    page.run("p.pause()")
    assert page.run("p.told.length") == 3


def test_sending_clearing_and_leaving_end_the_typing(page: Composer) -> None:
    page.run("p.type('Siap')")
    assert page.run("p.told.map((each) => each.activity)") == ["typing", "paused"]
    page.run("p.composer.accepted(p.sent[0].key); p.write('x'); p.write('')")
    page.run("p.write('y'); p.go(2)")
    activities = [(each["activity"], each["conversation_id"]) for each in page.run("p.told.slice(2)")]
    assert activities == [("typing", 1), ("paused", 1)] * 2


def test_leaving_the_page_with_files_asks_first(page: Composer) -> None:
    page.run("p.asked = 0; p.attach('a.png'); p.leave({ preventDefault: () => p.asked++ })")
    assert page.run("p.asked") == 1
    assert page.run("p.stored.clear(); p.leave({ preventDefault: () => p.asked++ }); p.asked") == 1
