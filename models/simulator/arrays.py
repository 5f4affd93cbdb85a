"""Names for the arrays' types; shapes stand where they are used."""

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
MarkArray = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
