"""MRML nodes in, MRML nodes out, without Qt: runs inside 3D Slicer and headless on ``slicer-core``.

The scene is always passed in. Only ``volumes``, ``segmentation`` and ``labelmap`` import ``slicer``;
the rest is plain Python that the module's child process handling stands on.
"""
