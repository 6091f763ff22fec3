package cases

// Why checks cannot hold yet.
const (
	pickles = "PyTorch files are opened whatever their pickles name, and their limits grow with the file"
	dicts   = "a state dict can be chosen by its path, and prefixes be stripped"
	step    = "the paper's own form of LIF and ALIF is given up: it stays as it is, with nodes.LIF.Continuous beside it"
)

// waiting are the checks that cannot hold yet, as "case: check", and until when. Such a check must fail: once it holds,
// it leaves this list.
var waiting = map[string]string{
	"01: model, optimizer, MultiStepLR": pickles,

	"02: path in argparse.Namespace":       pickles,
	"02: pathlib path":                     pickles,
	"02: datetime":                         pickles,
	"02: timedelta":                        pickles,
	"02: enum":                             pickles,
	"02: Counter":                          pickles,
	"02: deque (a running mean of losses)": pickles,
	"02: functools.partial":                pickles,
	"02: Decimal":                          pickles,

	"03: losses of 130,000 steps (400 epochs of 325)": pickles,
	"03: a raster of 100x128x128 spikes as bytes":     pickles,

	"11: dataparallel": dicts,
	"11: lightning":    dicts,
	"11: compiled":     dicts,
	"11: swa":          dicts,

	"12: net and its average, net_ema":                       dicts,
	"12: weights, and mean and std of the input beside them": dicts,
	"12: encoder and classifier":                             dicts,
	"12: two levels deep (checkpoint[state][model])":         dicts,
	"12: a tuple (state dict, args)":                         dicts,
	"12: a list of one state dict":                           dicts,

	"16: LIF, subtract": step,
	"16: ALIF":          step,

	"33: v1":       pickles,
	"33: subclass": pickles,
	"33: metadata": pickles,
}
