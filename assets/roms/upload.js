/* The tray: files that wait to be sent, for each conversation. Every file is uploaded at once and stays here until it was
 * sent or removed; a refused one keeps its place and says why. `post` uploads anything, recordings too.
 */
var romsUpload = (() => {
  const { byId, listen } = globalThis.romsDom;
  const MOST = 30;
  const AT_ONCE = 2;
  const MB = 1024 * 1024;
  const TIMEOUT_MS = 10 * 60_000;
  /** Only these types get a preview, because many files may be added at once. */
  const PICTURES = /^image\/(jpeg|png|webp|gif)$/;

  /** By conversation. @type {Map<number, TrayItem[]>} */
  const trays = new Map();
  /** @type {TrayItem[]} */
  const waiting = [];
  let underWay = 0;
  let lastId = 0;
  let dragDepth = 0;

  /**
   * @param {Word} word
   * @param {Record<string, string | number>} [values]
   */
  const text = (word, values) => globalThis.romsComposer.text(word, values);
  const open = () => globalThis.roms.conversationId();
  /**
   * @param {number} conversationId
   * @returns {TrayItem[]}
   */
  const items = (conversationId) => trays.get(conversationId) ?? [];

  /* ---- what is shown ---- */

  /** @param {Blob} file */
  const kindOf = ({ type }) => {
    if (PICTURES.test(type)) return "image";
    if (type === "video/mp4") return "video";
    return type.startsWith("audio/") ? "audio" : "document";
  };

  /**
   * The text box writes the caption of the first file that can have one and has none of its own.
   * @param {TrayItem[]} list
   */
  const captionedByBox = (list) => {
    const first = list.find((item) => item.kind !== "audio");
    return first && !first.caption ? first : null;
  };

  /** @param {TrayItem} item */
  const noteOf = (item) => {
    if (item.state === "uploading") return text("uploading", { n: item.progress });
    return item.state === "waiting" ? text("upload_waits") : globalThis.roms.format().size(item.file.size);
  };

  /**
   * @param {TrayItem} item
   * @param {TrayItem | null} byBox
   * @returns {FileItem}
   */
  const shownOf = (item, byBox) => ({
    id: item.id,
    name: item.file.name,
    kind: item.kind,
    preview: item.preview,
    note: noteOf(item),
    state: item.state,
    progress: item.progress,
    error: item.error,
    can_retry: item.canRetry,
    caption: item.caption,
    has_caption: item.kind !== "audio" && item !== byBox,
  });

  const show = () => {
    const list = items(open());
    const byBox = captionedByBox(list);
    globalThis.roms.publish(
      "files",
      list.map((item) => shownOf(item, byBox)),
    );
    globalThis.roms.publish("composer", { is_caption: byBox !== null });
  };

  /** @param {TrayItem} item */
  const changed = (item) => {
    if (item.conversationId === open()) show();
    globalThis.romsComposer.trayChanged(item.conversationId);
  };

  /* ---- coming and going ---- */

  const limit = () => Number(byId("roms-composer-area")?.dataset.maxMb || 64);

  /** @param {File[]} files */
  const add = (files) => {
    const conversationId = open();
    const list = items(conversationId);
    const room = MOST - list.length;
    if (!conversationId || !files.length) return;
    if (files.length > room) {
      globalThis.romsComposer.say(text("too_many_files", { n: MOST }));
    }
    const added = files.slice(0, room).map((file) => itemOf(conversationId, file));
    trays.set(conversationId, [...list, ...added]);
    show();
    added.forEach(enqueue);
    byId("roms-composer")?.focus();
  };

  /**
   * @param {number} conversationId
   * @param {File} file
   * @returns {TrayItem}
   */
  const itemOf = (conversationId, file) => {
    const kind = kindOf(file);
    lastId += 1;
    return {
      id: `f${lastId}`,
      conversationId,
      file,
      kind,
      preview: kind === "image" ? URL.createObjectURL(file) : "",
      state: "waiting",
      progress: 0,
      token: "",
      error: "",
      canRetry: false,
      caption: "",
      cancel: null,
    };
  };

  /** @param {string} id */
  const find = (id) => [...trays.values()].flat().find((item) => item.id === id);

  /**
   * Remove these files and abort their uploads.
   * @param {number} conversationId
   * @param {TrayItem[]} gone
   */
  const drop = (conversationId, gone) => {
    const rest = items(conversationId).filter((item) => !gone.includes(item));
    if (rest.length) trays.set(conversationId, rest);
    else trays.delete(conversationId);
    for (const item of gone) {
      item.cancel?.();
      if (item.preview) URL.revokeObjectURL(item.preview);
    }
    if (conversationId === open()) show();
  };

  /**
   * Move the tray of a merged conversation.
   * @param {number} from
   * @param {number} to
   */
  const move = (from, to) => {
    const moved = items(from);
    if (!moved.length) return;
    for (const item of moved) item.conversationId = to;
    trays.set(to, [...items(to), ...moved]);
    trays.delete(from);
    show();
  };

  /** @param {string} id */
  const remove = (id) => {
    const item = find(id);
    if (!item) return;
    drop(item.conversationId, [item]);
    globalThis.romsComposer.trayChanged(item.conversationId);
    byId("roms-composer")?.focus();
  };

  /** @param {string} id */
  const retry = (id) => {
    const item = find(id);
    if (item?.state === "refused") enqueue(item);
  };

  /**
   * @param {string} id
   * @param {string} caption
   */
  const setCaption = (id, caption) => {
    const item = find(id);
    if (item) item.caption = caption;
  };

  /* ---- uploading ---- */

  /** @param {TrayItem} item */
  const enqueue = (item) => {
    Object.assign(item, { state: "waiting", progress: 0, error: "", canRetry: false });
    waiting.push(item);
    changed(item);
    next();
  };

  const next = () => {
    while (underWay < AT_ONCE) {
      const item = waiting.shift();
      if (!item) return;
      if (find(item.id)) upload(item);
    }
  };

  /** @param {TrayItem} item */
  const upload = async (item) => {
    underWay += 1;
    item.state = "uploading";
    changed(item);
    const posted = post(item.conversationId, item.file, item.file.name, (progress) => {
      if (progress === item.progress) return;
      item.progress = progress;
      if (item.conversationId === open()) show();
    });
    item.cancel = posted.cancel;
    try {
      const facts = await posted.answer;
      Object.assign(item, { state: "ready", token: facts.token, kind: facts.kind });
      // The file only claimed to be a picture.
      if (facts.kind !== "image") item.preview = "";
    } catch (refusal) {
      const { error, canRetry } = /** @type {Refusal} */ (refusal);
      Object.assign(item, { state: "refused", error, canRetry });
    }
    item.cancel = null;
    underWay -= 1;
    if (find(item.id)) changed(item);
    next();
  };

  const tooBig = () => text("too_big", { mb: limit() });
  const lost = () => text("connection_lost");
  const notTaken = () => text("file_not_taken");

  /**
   * `answer` resolves with the server's result, or rejects with { error, canRetry }.
   * @param {number} conversationId
   * @param {Blob} file
   * @param {string} name
   * @param {(percent: number) => void} onProgress
   * @param {boolean} [isVoice]
   * @returns {Upload}
   */
  const post = (conversationId, file, name, onProgress, isVoice = false) => {
    if (file.size > limit() * MB) {
      return { answer: Promise.reject({ error: tooBig(), canRetry: false }), cancel: () => {} };
    }
    const request = new XMLHttpRequest();
    const answer = new Promise((resolve, reject) => {
      const isLost = () => reject({ error: lost(), canRetry: true });
      request.open("POST", `/media/upload?conversation=${conversationId}${isVoice ? "&voice=1" : ""}`);
      request.responseType = "json";
      request.timeout = TIMEOUT_MS;
      request.upload.onprogress = ({ loaded, total }) => onProgress(Math.floor((loaded / Math.max(total, 1)) * 100));
      request.onload = () => {
        if (request.status === 200 && request.response?.token) resolve(request.response);
        else if (request.status === 401) globalThis.romsLive.signOut();
        // Something between us and the server has a smaller limit than ours.
        else if (request.status === 413 && !request.response) reject({ error: tooBig(), canRetry: false });
        else reject({ error: request.response?.error ?? notTaken(), canRetry: request.response?.can_retry ?? true });
      };
      request.onerror = request.ontimeout = request.onabort = isLost;
      const form = new FormData();
      form.append("file", file, name);
      request.send(form);
    });
    return { answer, cancel: () => request.abort() };
  };

  /* ---- choosing, pasting, dropping ---- */

  /** @param {string} what */
  const choose = (what) => byId(`roms-attach-${what}`)?.click();

  /** @param {On<Event, HTMLInputElement>} event */
  const onChange = ({ target }) => {
    if (!target.id?.startsWith("roms-attach-")) return;
    add([...(target.files ?? [])]);
    // The same file can be chosen again.
    target.value = "";
  };

  /** @param {On<ClipboardEvent>} event */
  const onPaste = (event) => {
    const data = event.clipboardData;
    const isElsewhere = event.target.matches?.("input, textarea") && event.target.id !== "roms-composer";
    // Spreadsheets put a picture beside the text that was meant.
    if (isElsewhere || !open() || !data?.files.length || data.types.includes("text/plain")) return;
    event.preventDefault();
    add([...data.files]);
  };

  /** @param {On<Event, HTMLInputElement>} event */
  const onInput = ({ target }) => {
    if (target.dataset?.caption) setCaption(target.dataset.caption, target.value);
  };

  /** @param {DragEvent} event */
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  /** @param {boolean} isOver */
  const showDrop = (isOver) => document.documentElement.toggleAttribute("data-roms-drop", isOver && open() !== 0);

  /** @param {DragEvent} event */
  const onDrag = (event) => {
    if (!hasFiles(event)) return;
    // A file that is dropped beside the thread must not replace the page.
    event.preventDefault();
    if (event.type === "dragenter") dragDepth += 1;
    if (event.type === "dragleave") dragDepth = Math.max(0, dragDepth - 1);
    if (event.type === "dragover") return;
    showDrop(dragDepth > 0);
  };

  /** @param {On<DragEvent>} event */
  const onDrop = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    dragDepth = 0;
    showDrop(false);
    if (!event.target.closest?.(".roms-thread") || !open()) return;
    const { items: dropped, files } = event.dataTransfer ?? new DataTransfer();
    const isFolder = [...dropped].map((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false);
    if (isFolder.includes(true)) {
      globalThis.romsComposer.say(text("folder"));
    }
    add([...files].filter((_, index) => !isFolder[index]));
  };

  const mount = () =>
    listen([
      [document, "change", onChange],
      [document, "paste", onPaste],
      [document, "input", onInput],
      [document, "drop", onDrop],
      [document, "dragenter", onDrag],
      [document, "dragover", onDrag],
      [document, "dragleave", onDrag],
    ]);

  return {
    mount,
    show,
    items,
    captionedByBox,
    add,
    drop,
    move,
    remove,
    retry,
    choose,
    post,
    hasAny: () => trays.size > 0,
    kept: () => [...trays.keys()],
  };
})();
