// Files of messages, and profile pictures.
// A part of the bridge: all parts are put into one function, in the order that ../bridge.py names.

// Files stay here until the worker has fetched them in pieces: one call could not carry a film.
/** @type {Map<string, Blob>} */
const downloads = new Map();
const PIECE = 1024 * 1024;

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
const asBase64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1] || "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
/** @param {AskedDownload} asked */
const messageWithFile = async ({ key, chat, id, fromMe }) =>
  (key && (await lookUp(key).catch(() => null))) || messageUnder(chat, id, fromMe);

/** Caches in which WhatsApp Web may keep files, depending on its build. A missing cache has nothing to remove. */
const CACHES = /** @type {const} */ (["LruMediaStore", "MediaBlobCache"]);

// A damaged file may be in the page's own cache. It must not be read from there again.
/** @param {WaMessage} message */
async function forget(message) {
  const { filehash } = message;
  for (const cache of CACHES.map((name) => attempt(() => wa()[name]))) {
    const drop = cache?.del || cache?.delete;
    if (drop && filehash) await Promise.resolve(attempt(() => drop.call(cache, filehash))).catch(() => null);
  }
}
/**
 * Fetch the file of a message into the page: `{size, hash, …}` as it is now known, or `{error}`.
 * @param {AskedDownload} asked
 */
async function download(asked) {
  const message = await messageWithFile(asked);
  if (!message) return { error: "msg_not_found" };
  if (message.isViewOnce) return { error: "view_once" };
  if (asked.isAgain) await forget(message);
  try {
    const blob = await window.WPP.chat.downloadMedia(text(message.id));
    keepFile(downloads, asked.token, blob);
    return { size: blob.size, file: fileOf(message) };
  } catch (error) {
    return { error: faultOf(error)?.code || wordsOf(error) };
  }
}
/**
 * One piece of a fetched file, in base64. After the end: null, and the file is dropped.
 * @param {{ token: string, offset: number }} asked
 */
async function downloaded({ token, offset }) {
  const blob = downloads.get(token);
  if (!blob || offset >= blob.size) {
    downloads.delete(token);
    return null;
  }
  return asBase64(blob.slice(offset, offset + PIECE));
}
/** @param {string} token */
const dropDownload = (token) => downloads.delete(token);

/**
 * The address of a profile picture; null: there is none, or it is hidden from us.
 * @param {string} jid
 */
const pictureUrl = async (jid) => text(await window.WPP.contact.getProfilePictureUrl(jid)) || null;

Object.assign(bridge, { download, downloaded, dropDownload, pictureUrl });
