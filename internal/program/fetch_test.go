package program

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// What is published is downloaded once, into the user's cache.
func TestFetch(t *testing.T) {
	cache := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "LocalAppData", "HOME"} { // of any system
		t.Setenv(name, cache)
	}
	content, asked := []byte("a heart"), 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/beat" {
			w.Write(content)
		} else {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	sum := sha256.Sum256(content)
	s := data.Source{Name: "hearts", Base: server.URL, Files: []data.File{{Name: "beat", SHA256: hex.EncodeToString(sum[:])}}}
	for range 2 {
		dir, err := Fetch(t.Context(), "Hearts", s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "beat")); err != nil || string(got) != string(content) {
			t.Errorf("the file holds %q: %v", got, err)
		}
	}
	if asked != 1 {
		t.Errorf("the server was asked %d times, want once", asked)
	}
	s.Files[0].Path = "lung"
	s.Name = "lungs"
	if _, err := Fetch(t.Context(), "Lungs", s); err == nil {
		t.Error("a file that is not there has no error")
	}
}
