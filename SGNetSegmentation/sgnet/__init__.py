"""SG-Net: hard-gated segmentation of brain metastases on T1ce and FLAIR MRI. For research use only.

Importing this package loads neither torch nor Qt; the sub-packages load what they need.
"""

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only. Not a medical device: every contour must be reviewed by a qualified person."
