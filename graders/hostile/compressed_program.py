import base64
import zlib

exec(zlib.decompress(base64.b64decode("eJxLSU1TKM5Mz83PTNGo0LTiUgCCotSS0qI8hQouAI5WCQs=")))
