// The line to the simulator: events come over a WebSocket, what people do goes through POST /ctl like everything else.

export class Refused extends Error {}

export function connect(phone, { onEvent, onConnection }) {
  let socket;
  let lastSaid = null;

  function open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/phone/ws?phone=${encodeURIComponent(phone)}`);
    socket.onopen = () => {
      onConnection(true);
      if (lastSaid) socket.send(lastSaid);
    };
    socket.onmessage = ({ data }) => onEvent(JSON.parse(data));
    socket.onclose = () => {
      onConnection(false);
      setTimeout(open, 700);
    };
  }
  open();

  return {
    // Which chat is in front of somebody's eyes as a customer; said again after a lost connection.
    lookAt(chat) {
      const text = JSON.stringify({ t: "open", chat });
      if (text === lastSaid) return;
      lastSaid = text;
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },

    // Throws Refused with a sentence for people.
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
