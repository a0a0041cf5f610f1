"""Uses a library that makes a connection for each request."""

import hashlib
import sys
import urllib.request

url = f"http://{sys.argv[1]}:{sys.argv[2]}/{sys.argv[3]}"
body = urllib.request.urlopen(url).read()
urllib.request.urlopen(f"{url}/sha256/{hashlib.sha256(body).hexdigest()}").read()
