"""What the module needs of the application, on real Qt (PySide6, offscreen) and the real MRML scene (slicer-core).

Kept honest by one rule: a widget offers only the properties, methods and signals that
``Testing/architecture/slicer_api.json`` lists for its class in a running Slicer, through PythonQt's kind of
access (properties are values, signals are connected by their full signature).
"""
