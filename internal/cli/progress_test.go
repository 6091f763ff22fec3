package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// clock stands still until a test moves it.
type clock struct{ time.Time }

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

func testProgress(out *bytes.Buffer, columns, total int) (*Progress, *clock) {
	c := &clock{time.Unix(1e9, 0)}
	p := &Progress{
		out:      out,
		terminal: columns >= 0,
		columns:  func() int { return columns },
		now:      func() time.Time { return c.Time },
		label:    "training",
		total:    total,
	}
	return p, c
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p, clock := testProgress(&out, -1, 10)
	p.begin()
	for i := range 9 { // at 2 s, 4 s, …
		clock.pass(2 * time.Second)
		p.Set(i+1, fmt.Sprintf("loss %d\n", 10-i))
	}
	p.Println("epoch", 1)
	p.Close()
	p.Close()
	p.Set(10, "late")
	want := "" +
		"training  10%  loss 10   2s, ETA 18s\n" +
		"training  40%  loss 7   8s, ETA 12s\n" +
		"training  70%  loss 4   14s, ETA 6s\n" +
		"epoch 1\n" +
		"training  90%  loss 2   18s, ETA 2s\n"
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}

func TestProgressUnused(t *testing.T) {
	var out bytes.Buffer
	p, _ := testProgress(&out, -1, 10)
	p.begin().Close()
	if out.Len() != 0 {
		t.Errorf("lines about nothing: %q", out.String())
	}
}

func TestProgressBar(t *testing.T) {
	tests := []struct {
		name    string
		columns int
		total   int
		bytes   bool
		done    int
		text    string
		want    string
	}{
		{"start", 80, 20, false, 0, "", "training   0% |" + strings.Repeat(" ", 40) + "|  10s"},
		{"half", 100, 20, false, 10, "loss 0.5", "training  50% |" + strings.Repeat("█", 20) + strings.Repeat(" ", 20) + "|  loss 0.5  10s, ETA 10s"},
		{"end", 80, 20, false, 20, "", "training 100% |" + strings.Repeat("█", 40) + "|  10s"},
		{"beyond", 80, 20, false, 21, "", "training 100% |" + strings.Repeat("█", 40) + "|  10s"},
		{"below", 80, 20, false, -1, "", "training   0% |" + strings.Repeat(" ", 40) + "|  10s"},
		{"less than 1%", 80, 1000, false, 1, "", "training   0% |" + strings.Repeat(" ", 40) + "|  10s, ETA 2h46m30s"},
		{"hopeless", 80, 1e9, false, 1, "", "training   0% |" + strings.Repeat(" ", 40) + "|  10s"},
		{"no room for a bar", 40, 20, false, 10, "loss 1", "training  50%  loss 1  10s, ETA 10s"},
		{"short bar", 45, 20, false, 10, "loss 1", "training  50% |███   |  loss 1  10s, ETA 10s"},
		{"clipped", 20, 20, false, 10, "loss 1", "training  50%  loss"},
		{"one column", 1, 20, false, 10, "loss 1", ""},
		{"unknown width", 0, 20, false, 10, "", "training  50% |" + strings.Repeat("█", 20) + strings.Repeat(" ", 20) + "|  10s, ETA 10s"},
		{"no total", 80, 0, false, 10, "loss 1", "training  10  loss 1  10s"},
		{"negative total", 80, -1, false, 10, "", "training  10  10s"},
		{"bytes", 60, 3e6, true, 15e5, "", "training  50% |█████      |  1.5 MB of 3.0 MB  10s, ETA 10s"},
		{"bytes, no total", 60, -1, true, 15e5, "", "training  1.5 MB  10s"},
		{"escape", 80, 0, false, 1, "a\x1b[2J\r\nb", "training  1  a [2J  b  10s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			p, clock := testProgress(&out, test.columns, test.total)
			p.bytes = test.bytes
			p.begin()
			clock.pass(10 * time.Second)
			out.Reset()
			p.Set(test.done, test.text)
			if got := strings.TrimPrefix(out.String(), eraseLine); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			out.Reset()
			p.Println("saved")
			if want := eraseLine + "saved\n" + eraseLine + test.want; out.String() != want {
				t.Errorf("Println: got %q\nwant %q", out.String(), want)
			}
			out.Reset()
			p.Close()
			p.Println("done")
			p.Close()
			if want := eraseLine + test.want + "\ndone\n"; out.String() != want {
				t.Errorf("Close: got %q\nwant %q", out.String(), want)
			}
		})
	}
}

func TestProgressDrawsSeldom(t *testing.T) {
	var out bytes.Buffer
	p, clock := testProgress(&out, 80, 1000)
	p.begin()
	for i := range 1000 { // 1 s in all
		clock.pass(time.Millisecond)
		p.Set(i+1, "")
	}
	if n := strings.Count(out.String(), eraseLine); n != 11 {
		t.Errorf("%d drawings, want 11", n)
	}
}

// A run that goes on from a checkpoint counts its own speed, not the checkpoint's.
func TestProgressResumed(t *testing.T) {
	var out bytes.Buffer
	p, clock := testProgress(&out, -1, 100)
	p.begin()
	p.Set(50, "")
	clock.pass(10 * time.Second)
	p.Set(60, "")
	if want := "training  50%  0s\ntraining  60%  10s, ETA 40s\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestProgressFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		columns := rapid.IntRange(1, 200).Draw(t, "columns")
		p, clock := testProgress(&out, columns, rapid.Int().Draw(t, "total"))
		p.bytes = rapid.Bool().Draw(t, "bytes")
		p.label = rapid.String().Draw(t, "label")
		p.begin()
		for range 3 {
			clock.pass(time.Duration(rapid.Int64Range(0, 1e18).Draw(t, "time")))
			p.Set(rapid.Int().Draw(t, "done"), rapid.String().Draw(t, "text"))
		}
		p.Close()
		for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), eraseLine) {
			if strings.ContainsAny(line, "\r\n\x1b") {
				t.Fatalf("%q moves the cursor", line)
			}
			if n := length(line); n >= columns {
				t.Fatalf("%d of %d columns: %q", n, columns, line)
			}
		}
	})
}

func TestByteSize(t *testing.T) {
	for n, want := range map[int]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999949: "999.9 kB", 999950: "1.0 MB", 2e9: "2.0 GB", 3e15: "3000.0 TB"} {
		if got := byteSize(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
