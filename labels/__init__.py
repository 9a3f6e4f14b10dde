"""Ink: text in, image out. Knows no database and no HTTP.

``qr`` and ``code128`` make modules, ``layout`` and ``stock`` say where they stand, ``face`` composes one label, and
``sheet`` (vector PDF), ``tape`` (exact-dot PNG) and ``preview`` (SVG) draw it. Lengths are millimetres from the top
left corner of a face, y downwards, unless a name says otherwise.
"""
