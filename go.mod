module nmirfhub

go 1.26
