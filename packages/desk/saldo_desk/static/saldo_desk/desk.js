// The window's behaviour, by subject. Everything else is HTML from the server.
import "./dialogs.js";
import "./menus.js";
import "./marks.js";
import "./list.js";
import "./invoice.js";
