import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, notes, openPage } from "./page.mjs";

const BODY = `<div class="roms-thread"><p id="line"></p><div id="roms-composer-area" data-max-mb="1">
  <textarea id="roms-composer"></textarea><input id="caption" data-caption="f1"></div></div>
  <div id="list"></div><input id="search"><input type="file" id="roms-attach-photo"><input type="file" id="avatar">`;

/** The tray of conversation `open`, whose uploads the test answers. */
const page = ({ open = 7 } = {}) => {
  const log = { say: notes(), signOut: notes() };
  const uploads = [];
  class XMLHttpRequest {
    upload = {};
    open(method, address) {
      Object.assign(this, { method, address });
    }
    send(form) {
      uploads.push(Object.assign(this, { form }));
    }
    abort() {
      this.onabort();
    }
    end(status, response = null) {
      Object.assign(this, { status, response }).onload();
    }
  }
  const shown = {};
  const window = openPage(BODY, ["dom", "upload"], {
    XMLHttpRequest,
    FormData: class {
      append(...parts) {
        this.parts = parts;
      }
    },
    roms: {
      conversationId: () => open,
      format: () => ({ size: (bytes) => `${bytes} B` }),
      publish: (name, values) => {
        shown[name] = values;
      },
    },
    romsComposer: { text: (word) => word, say: log.say, trayChanged() {} },
    romsLive: { signOut: log.signOut },
  });
  window.URL.createObjectURL = ({ name }) => `blob:${name}`;
  window.URL.revokeObjectURL = () => {};
  const { document, romsUpload } = window;
  const stop = romsUpload.mount();
  const by = (id) => document.getElementById(id);
  const names = () => Array.from(romsUpload.items(open), ({ file }) => file.name);
  return { document, romsUpload, by, names, shown, uploads, log, stop };
};

const file = (name, type = "image/png", size = 2048) => ({ name, type, size });

/** What became of an upload: the server's facts or the refusal. */
const outcome = async ({ romsUpload, uploads }, end) => {
  const { answer } = romsUpload.post(7, file("a.png"), "a.png", () => {});
  end(uploads.at(-1));
  return answer.then(
    (facts) => ({ ...facts }),
    (refusal) => ({ ...refusal }),
  );
};

test("a file goes to its conversation under its name, and how far it is is told in percent", async () => {
  const { romsUpload, uploads } = page();
  const told = notes();
  const one = file("a.png");
  const { answer } = romsUpload.post(7, one, "a.png", told);
  const [request] = uploads;
  request.upload.onprogress({ loaded: 0, total: 0 });
  request.upload.onprogress({ loaded: 1999, total: 4000 });
  request.end(200, { token: "t1", kind: "image" });
  assert.deepEqual([request.method, request.address], ["POST", "/media/upload?conversation=7"]);
  assert.deepEqual([...request.form.parts], ["file", one, "a.png"]);
  assert.deepEqual(told.calls, [[0], [49]]);
  assert.deepEqual(await answer, { token: "t1", kind: "image" });
});

test("a recording says that it is one", () => {
  const { romsUpload, uploads } = page();
  romsUpload.post(7, file("voice.webm", "audio/webm"), "voice.webm", () => {}, true);
  assert.equal(uploads[0].address, "/media/upload?conversation=7&voice=1");
});

test("the server's own words of a refusal are shown, and whether to try again", async () => {
  const response = { error: "This is no picture.", can_retry: false };
  assert.deepEqual(await outcome(page(), (request) => request.end(415, response)), {
    error: "This is no picture.",
    canRetry: false,
  });
});

test("an answer that is not ROMS's can be tried again", async () => {
  const again = { error: "file_not_taken", canRetry: true };
  assert.deepEqual(await outcome(page(), (request) => request.end(502)), again);
  assert.deepEqual(await outcome(page(), (request) => request.end(200, {})), again);
});

test("a proxy that takes no file of that size is not tried again", async () => {
  const refused = { error: "too_big", canRetry: false };
  assert.deepEqual(await outcome(page(), (request) => request.end(413)), refused);
  const { romsUpload, uploads } = page();
  const { answer } = romsUpload.post(7, file("a.png", "image/png", 1024 * 1024 + 1), "a.png", () => {});
  await assert.rejects(answer, (refusal) => refusal.error === "too_big" && !refusal.canRetry);
  assert.equal(uploads.length, 0);
});

test("a lost connection, no answer and a break-off can be tried again", async () => {
  const lost = { error: "connection_lost", canRetry: true };
  for (const way of ["onerror", "ontimeout", "onabort"]) {
    assert.deepEqual(await outcome(page(), (request) => request[way]()), lost, way);
  }
});

test("an ended session leaves the page, and says nothing of the file", () => {
  const { romsUpload, uploads, log } = page();
  romsUpload.add([file("a.png")]);
  uploads[0].end(401, { error: "Sign in." });
  assert.equal(log.signOut.calls.length, 1);
  assert.equal(romsUpload.items(7)[0].state, "uploading");
});

/** Pastes; `types`: what else is on the clipboard. */
const paste = (target, files, types = ["Files"]) => happen(target, "paste", { clipboardData: { files, types } });

test("a pasted picture is attached, in the box and beside it", () => {
  const { document, by, names } = page();
  assert.equal(paste(by("roms-composer"), [file("a.png")]).defaultPrevented, true);
  paste(document.body, [file("b.png")]);
  assert.deepEqual(names(), ["a.png", "b.png"]);
});

test("pasted cells are text, whatever picture is beside them", () => {
  const { by, names } = page();
  const event = paste(by("roms-composer"), [file("cells.png")], ["text/plain", "Files"]);
  assert.equal(event.defaultPrevented, false);
  assert.deepEqual(names(), []);
});

test("what is pasted into another field, without files or without a conversation is the browser's", () => {
  const { by, names } = page();
  assert.equal(paste(by("search"), [file("a.png")]).defaultPrevented, false);
  assert.equal(paste(by("roms-composer"), []).defaultPrevented, false);
  assert.deepEqual(names(), []);
  const closed = page({ open: 0 });
  assert.equal(paste(closed.document.body, [file("a.png")]).defaultPrevented, false);
});

/** Moves files, or `types` of something else, over the page; `folders`: which of them are one. */
const drag = (target, type, files = [], { types = ["Files"], folders = [] } = {}) => {
  const items = files.map(({ name }) => ({ webkitGetAsEntry: () => ({ isDirectory: folders.includes(name) }) }));
  return happen(target, type, { dataTransfer: { types, files, items } });
};

test("files that are let go on the thread are attached, on anything else they don't replace the page", () => {
  const { by, names } = page();
  assert.equal(drag(by("list"), "drop", [file("a.png")]).defaultPrevented, true);
  assert.deepEqual(names(), []);
  drag(by("line"), "drop", [file("b.png")]);
  assert.deepEqual(names(), ["b.png"]);
});

test("a folder is not attached; the files beside it are", () => {
  const { by, names, log } = page();
  drag(by("line"), "drop", [file("a.png"), file("Photos", ""), file("b.png")], { folders: ["Photos"] });
  assert.deepEqual(names(), ["a.png", "b.png"]);
  assert.deepEqual(log.say.calls, [["folder"]]);
});

test("text that is moved stays the browser's", () => {
  const { by, names } = page();
  for (const type of ["dragenter", "dragover", "drop"]) {
    assert.equal(drag(by("line"), type, [], { types: ["text/plain"] }).defaultPrevented, false);
  }
  assert.deepEqual(names(), []);
});

test("the thread shows that it takes files, until they have left the page or were let go", () => {
  const { document, by } = page();
  const isShown = () => document.documentElement.hasAttribute("data-roms-drop");
  drag(by("list"), "dragenter");
  drag(by("line"), "dragenter");
  drag(by("list"), "dragleave");
  assert.equal(isShown(), true, "gone from one element to the next");
  drag(by("line"), "dragleave");
  assert.equal(isShown(), false);
  drag(by("line"), "dragenter");
  drag(by("line"), "drop", [file("a.png")]);
  assert.equal(isShown(), false);
  drag(by("line"), "dragenter");
  drag(by("line"), "dragleave");
  assert.equal(isShown(), false, "the next one is counted from its beginning");
  const closed = page({ open: 0 });
  drag(closed.by("list"), "dragenter");
  assert.equal(closed.document.documentElement.hasAttribute("data-roms-drop"), false);
});

test("the same file can be chosen again, and only our own choosers are listened to", () => {
  const { by, names } = page();
  const choose = (id) => {
    const input = by(id);
    const values = notes();
    Object.defineProperty(input, "files", { value: [file("a.png")] });
    Object.defineProperty(input, "value", { set: values });
    happen(input, "change");
    return values.calls;
  };
  assert.deepEqual(choose("roms-attach-photo"), [[""]]);
  assert.deepEqual(choose("avatar"), []);
  assert.deepEqual(names(), ["a.png"]);
});

test("a caption is kept with its file", () => {
  const { romsUpload, by } = page();
  romsUpload.add([file("a.png")]);
  by("caption").value = "Struk";
  happen(by("caption"), "input");
  assert.equal(romsUpload.items(7)[0].caption, "Struk");
});

test("what was only called a picture has no preview any more", async () => {
  const { romsUpload, uploads } = page();
  romsUpload.add([file("a.png")]);
  assert.equal(romsUpload.items(7)[0].preview, "blob:a.png");
  uploads[0].end(200, { token: "t1", kind: "document" });
  await new Promise((resolve) => setImmediate(resolve));
  const [{ state, kind, preview }] = romsUpload.items(7);
  assert.deepEqual([state, kind, preview], ["ready", "document", ""]);
});

test("after the page has gone nothing is attached", () => {
  const { document, names, stop } = page();
  stop();
  paste(document.body, [file("a.png")]);
  assert.deepEqual(names(), []);
});
