package mechanism

import "strconv"

func (v CompareView) colspan() string { return strconv.Itoa(len(v.Columns) + 1) }
