package program

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models"
)

// Known are weights that somebody has published, with what their file does not say.
type Known struct {
	Name string // of the file, as it was published
	Data string // what they were trained on, as in [Test]

	settings map[string]any // values of flags, by their names
}

// TrainedOn is what the weights were trained on; "" of weights that are not known.
func (k *Known) TrainedOn() string {
	if k == nil {
		return ""
	}
	return k.Data
}

// The data that published weights were trained on, by the names that programs give them, see [Run.On].
const (
	QTDatabase   = "QT Database"
	MNIST        = "MNIST"
	SpokenDigits = "Spiking Heidelberg Digits"
)

// known are the weights, by [checksum].
var known = map[string]Known{
	// Yin, Corradi & Bohté 2020, "Effective and efficient computation with multiple-timescale spiking recurrent neural
	// networks". Both initial states occur in the authors' programs; with this one the weights give what was published.
	"7890bb19a224b64f79c5a8a48c42f61d": {Name: "ecg_icons2020_36.pth", Data: QTDatabase,
		settings: map[string]any{"b0": .01, "initial": 1, "surrogate": "gaussian"}},

	// Yin, Corradi & Bohté 2021, "Accurate and efficient time-domain classification with adaptive spiking recurrent
	// neural networks".
	"e2e39b29c7013af3714e79f5ad34551b": {Name: "ecg_nmi2021_36_mg.pth", Data: QTDatabase,
		settings: map[string]any{"b0": .1, "initial": 0, "surrogate": "multi_gaussian"}},
	"d3d5b808822ad839d280b76ba50d81e9": {Name: "shd_90.7_4ms.pth", Data: SpokenDigits,
		settings: map[string]any{"b0": .01, "initial": 1, "dt": 4, "counts": false}},
	"238918fdf454e65cd718beb3dc3eba60": {Name: "smnist_98.21.pth", Data: MNIST,
		settings: map[string]any{"initial": 1, "surrogate": "multi_gaussian", "permute": false}},
}

// checksum is that of the tensors which the parameters of a network are taken from: of the parameters' names, and the
// tensors' shapes and values. A file that was saved again, in another format or with other things beside them, has the
// same.
func checksum(s models.StateDict, names map[string]string) (string, error) {
	h := sha256.New()
	for _, param := range slices.Sorted(maps.Keys(names)) {
		t, ok := s[names[param]]
		if !ok {
			continue
		}
		values, err := t.Float64s()
		if err != nil {
			return "", errors.Wrap(err, names[param])
		}
		fmt.Fprintf(h, "%q %v\n", param, t.Shape)
		var word [8]byte
		for _, x := range values {
			binary.LittleEndian.PutUint64(word[:], math.Float64bits(x))
			h.Write(word[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// Recognise finds out whether weights from a file are [Known], by the names that the tensors of a network's parameters
// have, and has the flags that say what such a file does not (eval:"pth" and eval:"data") take the values that the
// weights were trained with, and says so. What is given on the command line is obeyed, and said too. Where the weights
// are not known, it says what is assumed; then it returns nil.
func (r *Run) Recognise(path string, s models.StateDict, names map[string]string) (*Known, error) {
	sum, err := checksum(s, names)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	k, ok := known[sum]
	if !ok {
		r.assume(path, "is not among the weights that are known", "pth", "data")
		return nil, nil
	}
	return &k, errors.Wrap(r.adopt(path+" holds the weights that were published as "+k.Name, k.settings), path)
}

// Origin is what a checkpoint of ours was trained on, if run.json beside it tells: "" if it does not. Flags that say what
// the network does not of its inputs (eval:"data") take the values of that run, which is said.
func (r *Run) Origin(path string) (data string, err error) {
	var of record
	beside, found, err := Beside(path, recordName, &of)
	if err != nil {
		return "", err
	}
	if !found || of.Evaluation || of.Program != r.record.Program {
		r.assume(path, "has no "+recordName+" of its training beside it", "data")
		return "", nil
	}
	values := map[string]any{}
	for _, s := range r.settings {
		if raw, ok := of.Settings[s.Name]; ok && s.Tag("eval") == "data" {
			values[s.Name] = raw
		}
	}
	return of.Data, errors.Wrap(r.adopt("as "+beside+" says", values), beside)
}

// On says what kind of data the run trains or tests on, in words, wherever they lie. A network that is tested on
// another kind than it was trained on is told from one that is not.
func (r *Run) On(data string) { r.record.Data = data }

// assume says which values flags have that nothing but their defaults, or the command line, decides on.
func (r *Run) assume(path, why string, tags ...string) {
	var assumed []string
	for _, s := range r.settings {
		if slices.Contains(tags, s.Tag("eval")) && !s.Given {
			assumed = append(assumed, fmt.Sprintf("-%s %s", s.Name, s))
		}
	}
	if assumed != nil {
		fmt.Printf("%s %s, and does not say itself: assumed are %s\n", path, why, strings.Join(assumed, ", "))
	}
}

// adopt has flags that are not given take values, and tells of those, and of those that are given and differ.
func (r *Run) adopt(from string, values map[string]any) error {
	var taken, kept []string
	for _, s := range r.settings {
		value, ok := values[s.Name]
		if !ok {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		asked := s.String()
		now, err := s.JSON()
		if err != nil {
			return err
		}
		if err := s.SetJSON(raw); err != nil {
			return err
		}
		was := s.String()
		if s.Given {
			if err := s.SetJSON(now); err != nil {
				return err
			}
			if asked != was {
				kept = append(kept, fmt.Sprintf("-%s %s as asked for, in place of %s", s.Name, asked, was))
			}
			continue
		}
		r.record.Settings[s.Name] = raw
		taken = append(taken, fmt.Sprintf("-%s %s", s.Name, was))
	}
	if text := strings.Join(slices.Concat(taken, kept), ", "); text != "" {
		fmt.Printf("%s: settings are %s\n", from, text)
	}
	return nil
}
