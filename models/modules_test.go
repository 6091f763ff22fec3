package models_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
)

func TestModuleNames(t *testing.T) {
	got := models.ModuleNames(map[string]models.Module{"layer0": {In: "i2h", Rec: "h2h", TauM: "tau_m_h"}, "readout": {In: "h2o", TauM: "tau_m_o", TauAdp: "tau_adp_o"}})
	want := map[string]string{
		"layer0.w_in": "i2h.weight", "layer0.b_in": "i2h.bias", "layer0.w_rec": "h2h.weight", "layer0.b_rec": "h2h.bias", "layer0.tau_m": "tau_m_h",
		"readout.w_in": "h2o.weight", "readout.b_in": "h2o.bias", "readout.tau_m": "tau_m_o", "readout.tau_adp": "tau_adp_o",
	}
	if !maps.Equal(got, want) {
		t.Errorf("names are %v, want %v", got, want)
	}
}

func TestMatrix(t *testing.T) {
	s := models.StateDict{"a.weight": {Shape: []int{3, 2}}, "b": {Shape: []int{3}}}
	if rows, columns, err := s.Matrix("a.weight"); rows != 3 || columns != 2 || err != nil {
		t.Errorf("the matrix has %d rows and %d columns, %v", rows, columns, err)
	}
	for _, name := range []string{"b", "c"} {
		if _, _, err := s.Matrix(name); err == nil || !strings.Contains(err.Error(), "no matrix "+name+"; it has a.weight, b") {
			t.Errorf("error is %v", err)
		}
	}
}
