"""A gate between Desk and Platform: lets through so many batches, and holds the next one until it is opened."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import niquests

HELD_S_MAX = 60
FORWARDED = ("Authorization", "Content-Type", "Content-Encoding", "Accept", "Accept-Language", "User-Agent")


class Gate:
    """An address that stands for the Platform's. Previews and all else pass; batches to be stored are counted."""

    def __init__(self, platform_url: str) -> None:
        self._opened = threading.Event()
        self._opened.set()
        self._held = threading.Event()
        self._left = 0
        self._counted = threading.Lock()
        self.batches: list[str] = []
        """The uid of each batch that came to be stored, as often as it came."""
        self._platform_url = platform_url
        gate = self

        class Handler(BaseHTTPRequestHandler):
            """Passes one request on."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gate._pass(self)

            do_PUT = do_POST = do_GET

            def log_message(self, *_arguments: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold_after(self, batches: int) -> None:
        """Let so many batches through, hold the next."""
        self._left = batches
        self._held.clear()
        self._opened.clear()

    def wait_until_held(self, seconds: float) -> bool:
        """Return when a batch is held; False when none came in that time."""
        return self._held.wait(seconds)

    def open(self) -> None:
        """Let all through, those held too."""
        self._opened.set()

    def close(self) -> None:
        """End."""
        self.open()
        self._server.shutdown()
        self._server.server_close()

    def _pass(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "PUT" and "/batches/" in handler.path and "preview" not in handler.path:
            with self._counted:
                self.batches.append(handler.path.rsplit("/", 1)[1])
                passes, self._left = self._left > 0, self._left - 1
            if not passes:
                self._held.set()
                assert self._opened.wait(HELD_S_MAX)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name: handler.headers[name] for name in FORWARDED if handler.headers.get(name)}
        try:
            answer = niquests.request(handler.command, self._platform_url + handler.path, data=body, headers=headers)
        except niquests.exceptions.RequestException:
            handler.close_connection = True  # nobody answers: neither does the gate
            return
        content = answer.content or b""
        handler.send_response(answer.status_code or 502)
        handler.send_header("Content-Type", str(answer.headers.get("Content-Type", "application/json")))
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
