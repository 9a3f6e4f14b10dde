"""The photo of a phone that writes HEIC, as a JPEG: in a program of its own, which may crash or be stopped.

HEIC is decoded by C++ code that has had holes before, and anybody can send a file here. So the decoder never runs in
the server: it gets a process with little memory and little time, the bytes on its standard input, and nothing else.
Run as ``python -I heic.py MOST_PIXELS LONGEST_SIDE``; it writes a JPEG and ends with 0, or with 3 for too many pixels.
"""

import io
import resource
import sys

from PIL import Image
from pillow_heif import open_heif

# Bytes of address space and seconds of CPU. A picture of 24 million pixels takes 200 MB and three seconds.
_ROOM = 1024 * 1024 * 1024
_SECONDS = 20
HUGE = 3


def main() -> int:
    """Decode what comes in. Whatever the decoder raises ends the process with 1, and its words go nowhere."""
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    most, longest = int(sys.argv[1]), int(sys.argv[2])
    file = open_heif(io.BytesIO(sys.stdin.buffer.read()), convert_hdr_to_8bit=True)
    # The size stands in the header; no pixel is decoded before it is judged. The decoder turns the picture upright.
    if file.size[0] * file.size[1] > most:
        return HUGE
    image: Image.Image = file.to_pillow()
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    image.convert("RGB").save(sys.stdout.buffer, "JPEG", quality=92)
    return 0


if __name__ == "__main__":
    sys.exit(main())
