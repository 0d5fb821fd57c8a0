import { type CloseCode, closingEvent } from '../src/channels/live/protocol'

/** Accepts a socket only to tell it why it may not stay: a browser cannot read the status of a refused upgrade (L3). */
export function turnAway(socket: WebSocket, code: CloseCode): void {
  socket.accept()
  sayGoodbye(socket, code)
}

/** Tells a socket why, and closes it. */
export function sayGoodbye(socket: WebSocket, code: CloseCode): void {
  try {
    socket.send(`[${JSON.stringify(closingEvent(code))}]`)
    socket.close(code)
  } catch {
    // It was closed from the other side in the meantime.
  }
}
