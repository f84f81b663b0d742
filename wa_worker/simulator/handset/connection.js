// The connection to the simulator: events come over a WebSocket, actions go through POST /ctl.

export class Refused extends Error {}

/**
 * @param {string} phone
 * @param {{ onEvent: (event: SimEvent | { t: "snapshot_needed" }) => void, onConnection: (isThere: boolean) => void }} listeners
 */
export function connect(phone, { onEvent, onConnection }) {
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {string | null} */
  let lastSaid = null;

  function open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const opened = new WebSocket(`${scheme}://${location.host}/phone/ws?phone=${encodeURIComponent(phone)}`);
    socket = opened;
    opened.onopen = () => {
      onConnection(true);
      if (lastSaid) opened.send(lastSaid);
    };
    opened.onmessage = ({ data }) => onEvent(JSON.parse(data));
    opened.onclose = () => {
      onConnection(false);
      setTimeout(open, 700);
    };
  }
  open();

  return {
    /**
     * Report the chat that is visible on the customer's phone. It is repeated after a lost connection.
     * @param {string | null} chat
     */
    lookAt(chat) {
      const text = JSON.stringify({ t: "open", chat });
      if (text === lastSaid) return;
      lastSaid = text;
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },

    /**
     * Throws Refused with a sentence for people.
     * @param {string} cmd
     * @param {object} [args]
     */
    async command(cmd, args = {}) {
      let response;
      try {
        response = await fetch("/ctl", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ phone, cmd, ...args }),
        });
      } catch {
        throw new Refused("The simulator doesn't answer. Check that ROMS is running, then try again.");
      }
      const answer = await response.json();
      if (!answer.ok) throw new Refused(answer.error);
      return answer;
    },
  };
}
