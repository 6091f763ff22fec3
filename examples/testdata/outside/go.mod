module example.org/outside

go 1.26

require github.com/srnn-go/srnn v0.0.0

replace github.com/srnn-go/srnn => ../../..
