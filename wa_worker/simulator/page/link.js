// The connection to the cloud. Questions get an answer sooner or later, also over a lost connection: those still
// open are asked again, marked as repeated, once the page is welcome again.
"use strict";
__provide("SimLink", (load) => {
  /**
   * By number.
   * @type {Map<number, OpenQuestion>}
   */
  const waiting = new Map();
  /** @type {WebSocket | null} */
  let socket = null;
  let lastQuestion = 0;
  let isWelcome = false;
  /** @type {LinkCallbacks} */
  let listeners;

  /** @param {object} message */
  function write(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function open() {
    const phone = encodeURIComponent(load("SimRegistration").phone);
    socket = new WebSocket(`ws://${location.host}/sim/ws?phone=${phone}`);
    socket.onopen = () => listeners.onOpen();
    socket.onclose = () => {
      isWelcome = false;
      dropGreetings();
      listeners.onClose();
      setTimeout(open, 500);
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.re) answer(message);
      else listeners.onEvent(message);
    };
  }

  /** @param {{ re: number, result: unknown }} message */
  function answer({ re, result }) {
    const question = waiting.get(re);
    waiting.delete(re);
    question?.resolve(result);
  }

  /**
   * `isGreeting`: belongs to this connection alone. `isLocal`: needs no network, only the cloud's disk.
   * @template {keyof Questions} T
   * @param {Question<T>} message
   * @param {{ isGreeting?: boolean, isLocal?: boolean }} [options]
   * @returns {Promise<Questions[T]["answer"]>}
   */
  function ask(message, { isGreeting = false, isLocal = false } = {}) {
    return new Promise((resolve) => {
      const question = { ...message, q: ++lastQuestion };
      waiting.set(question.q, { message: question, resolve, isGreeting });
      if (isWelcome || isGreeting || isLocal) write(question);
    });
  }

  function dropGreetings() {
    for (const [number, { isGreeting }] of waiting) if (isGreeting) waiting.delete(number);
  }

  return {
    connect(callbacks) {
      listeners = callbacks;
      open();
    },
    // Without an answer; lost when there is no connection, as a signal that is out of date by then should be.
    send: write,
    // Over WhatsApp's network: waits while that is away.
    call: (message) => ask(message),
    // What WhatsApp's page reads from its own database.
    callLocal: (message) => ask(message, { isLocal: true }),
    // What has to be settled before the page is welcome.
    greet: (message) => ask(message, { isGreeting: true }),
    // The network is there and the cloud knows us: what was held back goes out.
    welcome() {
      isWelcome = true;
      for (const { message } of waiting.values()) write({ ...message, resend: true });
    },
    // The network went away: questions wait.
    hold() {
      isWelcome = false;
    },
  };
});
