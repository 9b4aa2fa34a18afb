// The types of the messages on the board's socket, as dashboard/protocol.py spells them. Nowhere else in the browser.
export const SNAPSHOT = "snapshot";
export const FRAME = "frame";
export const SERVER_DRAINING = "server.draining";
export const ACCESS_REVOKED = "access.revoked";
export const MESSAGE_REFUSED = "message.refused";
export const ACKNOWLEDGE_CURSOR = "acknowledge.cursor";
