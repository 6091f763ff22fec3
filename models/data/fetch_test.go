package data_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/data"
)

func ExampleFetch() {
	content := []byte("three little spikes")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("request for", r.URL.Path)
		w.Write(content)
	}))
	defer server.Close()
	cache, err := os.MkdirTemp("", "cache")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(cache)

	source := data.Source{
		Name:  "spikes",
		Base:  server.URL,
		Files: []data.File{{Name: "spikes.txt", SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}},
	}
	for range 2 { // the second time, the file is in the cache
		dir, err := data.Fetch{Dir: cache}.Get(context.Background(), source)
		if err != nil {
			panic(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "spikes.txt"))
		fmt.Println(string(b), err)
	}
	// Output:
	// request for /spikes.txt
	// three little spikes <nil>
	// three little spikes <nil>
}

// site serves some contents by path, and counts requests.
type site struct {
	*httptest.Server
	requests atomic.Int32
}

func serve(t *testing.T, handler http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// content is what the tests download: more than one buffer of it.
var content = bytes.Repeat([]byte("0123456789abcdef"), 10_000)

func sumOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// source has content as its only file.
func source() data.Source {
	return data.Source{
		Name:  "some",
		Base:  "http://nowhere.invalid",
		Files: []data.File{{Name: "a.bin", Path: "deep/a%20b.bin", SHA256: sumOf(content), Size: int64(len(content))}},
	}
}

// files lists what lies in the source's folder of the cache.
func files(t *testing.T, cache string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(cache, "some"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFetch(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/mirror/deep/a b.bin" {
			t.Errorf("request for %s", r.URL.Path)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content)
	})
	cache := filepath.Join(t.TempDir(), "not", "there", "yet")
	last, calls := int64(0), 0
	fetch := data.Fetch{
		Base: server.URL + "/mirror/",
		Dir:  cache,
		Progress: func(name string, done, total int64) {
			if name != "a.bin" || done <= last || total != int64(len(content)) {
				t.Errorf("progress is %s, %d of %d after %d", name, done, total, last)
			}
			last = done
			calls++
		},
	}
	for range 2 {
		dir, err := fetch.Get(t.Context(), source())
		if err != nil {
			t.Fatal(err)
		}
		if dir != filepath.Join(cache, "some") {
			t.Errorf("folder is %s", dir)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "a.bin")); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes are in the cache, error %v", len(got), err)
		}
	}
	if n := server.requests.Load(); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
	if last != int64(len(content)) || calls < 2 {
		t.Errorf("progress ends at %d bytes after %d calls", last, calls)
	}
	if got := files(t, cache); len(got) != 1 {
		t.Errorf("the cache holds %v, want one file", got)
	}
}

func TestFetchReplacesBrokenCache(t *testing.T) {
	for name, broken := range map[string][]byte{
		"short":   content[:100],
		"empty":   {},
		"altered": append([]byte("x"), content[1:]...),
		"long":    append(bytes.Clone(content), 'x'),
	} {
		t.Run(name, func(t *testing.T) {
			fails := true
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if fails {
					http.NotFound(w, r)
					return
				}
				w.Write(content)
			})
			cache := t.TempDir()
			path := filepath.Join(cache, "some", "a.bin")
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, broken, 0o644); err != nil {
				t.Fatal(err)
			}
			fetch := data.Fetch{Base: server.URL, Dir: cache}
			if _, err := fetch.Get(t.Context(), source()); err == nil {
				t.Error("no error")
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, broken) {
				t.Error("the old file is gone although the download failed")
			}
			fails = false
			if _, err := fetch.Get(t.Context(), source()); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
				t.Error("the cache is still broken")
			}
		})
	}
}

func TestFetchFails(t *testing.T) {
	without := func(change func(*data.File)) data.Source {
		s := source()
		change(&s.Files[0])
		return s
	}
	good := func(w http.ResponseWriter, _ *http.Request) { w.Write(content) }
	for _, c := range []struct {
		name    string
		source  data.Source
		handler http.HandlerFunc
		want    string
	}{
		{"wrong checksum", source(), func(w http.ResponseWriter, _ *http.Request) {
			w.Write(append([]byte("x"), content[1:]...))
		}, "sha256"},
		{"no checksum", without(func(f *data.File) { f.SHA256 = "" }), good, "sha256"},
		{"not found", source(), http.NotFound, "404"},
		{"too short", source(), func(w http.ResponseWriter, _ *http.Request) { w.Write(content[:50]) }, "50 bytes"},
		{"too long", source(), func(w http.ResponseWriter, _ *http.Request) {
			w.Write(content)
			w.Write(content)
		}, "more than 160000 bytes"},
		{"cut connection", source(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:len(content)/2])
			panic(http.ErrAbortHandler)
		}, "after"},
		{"cut connection, size unknown", without(func(f *data.File) { f.Size = 0 }), func(w http.ResponseWriter, _ *http.Request) {
			w.Write(content[:len(content)/2])
			panic(http.ErrAbortHandler)
		}, "after"},
		{"file outside the cache", without(func(f *data.File) { f.Name = "../a.bin" }), good, "not a file name"},
		{"source outside the cache", data.Source{Name: ".."}, good, "not a file name"},
		{"source without a name", data.Source{}, good, "not a file name"},
		{"strange address", without(func(f *data.File) { f.Path = "%zz" }), good, "%zz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := t.TempDir()
			_, err := data.Fetch{Base: serve(t, c.handler).URL, Dir: cache}.Get(t.Context(), c.source)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that names %q", err, c.want)
			}
			if got := files(t, cache); len(got) != 0 {
				t.Errorf("%v are left behind", got)
			}
		})
	}
}

func TestFetchOfUnknownSize(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
	s := source()
	s.Files[0].Size = 0
	s.Files[0].SHA256 = strings.ToUpper(s.Files[0].SHA256)
	if _, err := (data.Fetch{Base: server.URL, Dir: t.TempDir()}).Get(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func TestFetchStopsWithItsContext(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:len(content)/2])
		w.(http.Flusher).Flush()
		<-r.Context().Done() // the rest never comes
	})
	for _, when := range []string{"before", "during"} {
		t.Run(when, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if when == "before" {
				cancel()
			}
			cache := t.TempDir()
			_, err := data.Fetch{
				Base: server.URL, Dir: cache,
				Progress: func(string, int64, int64) { cancel() },
			}.Get(ctx, source())
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v, want %v", err, context.Canceled)
			}
			if got := files(t, cache); len(got) != 0 {
				t.Errorf("%v are left behind", got)
			}
		})
	}
}

func TestFetchIntoDefaultCache(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, home)
	}
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
	dir, err := data.Fetch{Base: server.URL}.Get(t.Context(), source())
	if err != nil {
		t.Fatal(err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(user, "srnn", "some"); dir != want {
		t.Errorf("folder is %s, want %s", dir, want)
	}
}

// The published sums and sizes are those of the real files.
func TestQTDBSource(t *testing.T) {
	real := sharedQTDB(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(real, filepath.Base(r.URL.Path)))
	})
	dir, err := data.Fetch{Base: server.URL, Dir: t.TempDir()}.Get(t.Context(), data.QTDBSource())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := data.QTDB(dir); err != nil {
		t.Error(err)
	}
}
