package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/shared"
)

func TestVerify(t *testing.T) {
	dir := shared.Path(t, "golden")
	b, err := os.ReadFile(filepath.Join(dir, "li_readout.json"))
	if err != nil {
		t.Fatal(err)
	}
	changed := func(old, with string) string {
		path := filepath.Join(t.TempDir(), "changed.json")
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, with, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wrong := changed(`"loss": 8.5`, `"loss": 8.6`)
	unknown := changed("li_sequence", "new_sequence")
	for _, dtype := range []string{"float64", "float32"} {
		var out bytes.Buffer
		f := &flags{Dtype: dtype, Files: []string{filepath.Join(dir, "li_readout.json"), unknown, wrong, "none.json"}}
		err := f.run(&out)
		if err == nil || err.Error() != "3 of 4 cases failed" {
			t.Errorf("error is %v", err)
		}
		lines := strings.Split(out.String(), "\n")
		for i, want := range []string{"PASS li_readout max_rel=", `FAIL li_readout kind "new_sequence" is not known`, "FAIL li_readout loss max_rel=", "FAIL none.json"} {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
			}
		}
	}
	if err := (&flags{Dtype: "int"}).run(new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), `"int"`) {
		t.Errorf("error is %v", err)
	}
}
