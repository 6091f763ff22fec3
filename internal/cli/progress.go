package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const (
	barInterval  = 100 * time.Millisecond // between two drawings of the bar
	lineInterval = 5 * time.Second        // between two lines where there is no bar
	widestBar    = 40                     // columns between the bar's ends
	narrowestBar = 5                      // below this, the line goes without

	eraseLine = "\r\x1b[K"
)

// Progress shows on stderr how far a long run is: as a bar where stderr is a terminal, otherwise as
// a line every few seconds and one at the end. Its methods may be called from several goroutines.
type Progress struct {
	out      io.Writer
	terminal bool
	columns  func() int // width of the terminal; 0 if unknown
	now      func() time.Time
	label    string
	total    int // 0 if unknown
	bytes    bool

	mu      sync.Mutex
	start   time.Time
	first   sample // of the first Set
	sets    int
	done    int
	text    string
	shown   time.Time // of the last drawing
	pending bool      // something changed since then
	closed  bool
}

// sample says how much was done when.
type sample struct {
	done int
	at   time.Time
}

// NewProgress starts to show the progress of total steps, of which label says what they are. The
// total is 0 if unknown; then there is a count instead of a percentage.
func NewProgress(total int, label string) *Progress {
	p := &Progress{total: total, label: label}
	return p.onStderr()
}

// NewByteProgress is [NewProgress] for a transfer of total bytes, which it shows as kB, MB or GB.
func NewByteProgress(total int, label string) *Progress {
	p := &Progress{total: total, label: label, bytes: true}
	return p.onStderr()
}

func (p *Progress) onStderr() *Progress {
	fd := int(os.Stderr.Fd())
	p.out = os.Stderr
	p.terminal = term.IsTerminal(fd) && os.Getenv("TERM") != "dumb"
	p.columns = func() int {
		width, _, err := term.GetSize(fd)
		if err != nil {
			return 0
		}
		return width
	}
	p.now = time.Now
	return p.begin()
}

func (p *Progress) begin() *Progress {
	p.start = p.now()
	p.total, p.label = max(p.total, 0), oneLine(p.label)
	if p.terminal {
		p.draw()
	}
	return p
}

// Set says how many steps are done in all, and what there is to tell about them, such as the loss.
//
// The time left follows from the speed since the first Set, as the first step often has work of its
// own. A run that goes on from a checkpoint calls Set with the checkpoint's step before it starts.
func (p *Progress) Set(done int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	now := p.now()
	p.done, p.text, p.pending = max(done, 0), oneLine(text), true
	if p.sets == 0 {
		p.first = sample{p.done, now}
	}
	p.sets++
	interval := lineInterval
	if p.terminal {
		interval = barInterval
	}
	if p.shown.IsZero() || now.Sub(p.shown) >= interval {
		p.draw()
	}
}

// Println prints a line, as fmt.Println does, to stderr above the bar.
func (p *Progress) Println(a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal || p.closed {
		fmt.Fprintln(p.out, a...)
		return
	}
	fmt.Fprint(p.out, eraseLine+fmt.Sprintln(a...))
	p.draw()
}

// Close shows the last state, complete or not, and ends the line. To call it again does nothing.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	if p.terminal || p.pending {
		p.draw()
	}
	if p.terminal {
		fmt.Fprintln(p.out)
	}
}

func (p *Progress) draw() {
	p.shown, p.pending = p.now(), false
	if p.terminal {
		fmt.Fprint(p.out, eraseLine+p.barLine())
	} else {
		fmt.Fprintln(p.out, p.head()+p.tail())
	}
}

// barLine is at most one column narrower than the terminal: a line that fills it would wrap.
func (p *Progress) barLine() string {
	width := p.columns() - 1
	if width < 0 {
		width = 79
	}
	head, tail := p.head(), p.tail()
	const ends = 3 // the bar's two ends and the space before it
	if room := min(width-length(head)-length(tail)-ends, widestBar); p.total > 0 && room >= narrowestBar {
		head = p.bar(room)
	}
	line := []rune(head + tail)
	return string(line[:min(len(line), width)])
}

// bar returns label, percentage and bar. The library only renders here: it writes no text of
// changing length behind the bar, nor lines above it.
func (p *Progress) bar(width int) string {
	bar := progressbar.NewOptions(p.total,
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetDescription(p.label),
		progressbar.OptionSetWidth(width),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
	)
	// Errors are of a writer, or of a number beyond the total.
	_ = bar.Set(min(p.done, p.total))
	_ = bar.RenderBlank()
	return strings.TrimSpace(bar.String())
}

// head is the label and the percentage, or the count where there is no total.
func (p *Progress) head() string {
	switch {
	case p.total > 0:
		percent := int(100 * (float64(min(p.done, p.total)) / float64(p.total)))
		return fmt.Sprintf("%s%4d%%", p.label, percent)
	case p.bytes:
		return p.label // the size is in the tail
	}
	return fmt.Sprintf("%s  %d", p.label, p.done)
}

// tail is what follows the bar: sizes, text and times.
func (p *Progress) tail() string {
	var b strings.Builder
	if p.bytes {
		b.WriteString("  " + byteSize(p.done))
		if p.total > 0 {
			b.WriteString(" of " + byteSize(p.total))
		}
	}
	if p.text != "" {
		b.WriteString("  " + p.text)
	}
	now := p.now()
	b.WriteString("  " + now.Sub(p.start).Round(time.Second).String())
	if left, ok := p.left(now); ok {
		b.WriteString(", ETA " + left.Round(time.Second).String())
	}
	return b.String()
}

// left estimates the time until the end; false while there is nothing to go by.
func (p *Progress) left(now time.Time) (time.Duration, bool) {
	from := sample{0, p.start}
	if p.sets > 1 {
		from = p.first
	}
	done, elapsed := p.done-from.done, now.Sub(from.at)
	if p.done >= p.total || done <= 0 || elapsed < time.Second {
		return 0, false
	}
	hours := elapsed.Hours() * float64(p.total-p.done) / float64(done)
	const tooLong = 10000 // hours: the speed is as good as unknown
	return time.Duration(hours * float64(time.Hour)), hours < tooLong
}

// length is in columns, for text of the usual Western alphabets.
func length(s string) int { return len([]rune(s)) }

// oneLine keeps line feeds and escape codes from moving the cursor.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

func byteSize(n int) string {
	size, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	unit := 0
	// 999.95 would be rounded to 1000.0.
	for size >= 999.95 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}
