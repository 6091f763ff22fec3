package ops_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/ops"
)

// pieces is an estimator of one's own: e-prop whose traces end after so many steps.
type pieces struct {
	Steps int `json:"steps"`
}

func (p pieces) Paths() ops.Paths { return ops.Paths{Cut: true, Piece: p.Steps} }

// An estimator of one's own is saved and loaded like ours, once it has a name.
func TestEstimatorOfOnesOwn(t *testing.T) {
	if _, err := ops.MarshalEstimator(pieces{3}); err == nil || !strings.Contains(err.Error(), "ops.MustRegisterEstimator") {
		t.Errorf("error is %v, want one with the call that registers it", err)
	}
	ops.MustRegisterEstimator("pieces", pieces{})
	text, err := ops.MarshalEstimator(pieces{3})
	if err != nil {
		t.Fatal(err)
	}
	again, err := ops.UnmarshalEstimator(text)
	if err != nil || !reflect.DeepEqual(again, pieces{3}) {
		t.Errorf("%s came back as %#v: %v", text, again, err)
	}
	if err := ops.CheckEstimator(pieces{-1}); err == nil || !strings.Contains(err.Error(), "-1") {
		t.Errorf("error is %v, want one with the number of steps", err)
	}
	if _, err := ops.UnmarshalEstimator([]byte(`{"kind":"pieces","stops":3}`)); err == nil || !strings.Contains(err.Error(), "stops") {
		t.Errorf("error is %v, want one with the field that there is not", err)
	}
}
