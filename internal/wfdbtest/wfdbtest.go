// Package wfdbtest writes recordings of PhysioNet's WFDB format for tests: headers, signals and annotations.
package wfdbtest

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Record is what is written. Each signal has a file of its own or, where Together, all are in one, of the format of
// the first.
type Record struct {
	Name      string
	Frequency string // as in the header
	Together  bool
	Signals   []Signal

	// Annotations are written to a file with this extension, unless it is empty.
	Annotator   string
	Annotations []Annotation
}

// Signal is a signal line and its samples.
type Signal struct {
	Format      int
	PerFrame    int    // 0 stands for 1
	Mark        string // what follows the format, as :skew+offset; Offset bytes come before the samples
	Offset      int
	Gain        string // gain(baseline)/units
	Zero        int
	Description string
	Samples     []int32
}

// Annotation is what is seen at a sample.
type Annotation struct {
	Sample int
	Code   string
	Num    int
	Aux    string
}

// Codes are the numbers of some mnemonics.
var Codes = map[string]int{"N": 1, "V": 5, "~": 14, `"`: 22, "p": 24, "t": 27, "+": 28, "u": 29, "(": 39, ")": 40}

// Write writes the files of a record to a folder.
func (r Record) Write(t testing.TB, dir string) {
	t.Helper()
	frames := len(r.Signals[0].Samples) / max(1, r.Signals[0].PerFrame)
	var header strings.Builder
	fmt.Fprintf(&header, "%s %d %s %d\n", filepath.Base(r.Name), len(r.Signals), r.Frequency, frames)
	files, order := map[string][]int32{}, []string(nil)
	for k, s := range r.Signals {
		name := fmt.Sprintf("%s_%d.dat", filepath.Base(r.Name), k)
		if r.Together {
			name = filepath.Base(r.Name) + ".dat"
		}
		format := fmt.Sprint(s.Format)
		if s.PerFrame > 1 {
			format += fmt.Sprintf("x%d", s.PerFrame)
		}
		var sum int32
		for _, v := range s.Samples {
			sum += v
		}
		fmt.Fprintf(&header, "%s %s%s %s 12 %d %d %d 0 %s\n", name, format, s.Mark, s.Gain, s.Zero, s.Samples[0], int16(sum), s.Description)
		if files[name] == nil {
			order = append(order, name)
			files[name] = []int32{}
		}
	}
	for _, name := range order {
		var samples []int32
		var first *Signal
		for frame := range frames {
			for k := range r.Signals {
				s := &r.Signals[k]
				if !r.Together && name != fmt.Sprintf("%s_%d.dat", filepath.Base(r.Name), k) {
					continue
				}
				if first == nil {
					first = s
				}
				n := max(1, s.PerFrame)
				samples = append(samples, s.Samples[frame*n:(frame+1)*n]...)
			}
		}
		write(t, filepath.Join(dir, filepath.Dir(r.Name), name), append(make([]byte, first.Offset), Encode(first.Format, samples)...))
	}
	write(t, filepath.Join(dir, r.Name+".hea"), []byte(header.String()))
	if r.Annotator != "" {
		write(t, filepath.Join(dir, r.Name+"."+r.Annotator), EncodeAnnotations(r.Annotations))
	}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Encode writes samples in a format.
func Encode(format int, samples []int32) (b []byte) {
	for k, v := range samples {
		switch format {
		case 16:
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case 24:
			b = append(b, byte(v), byte(v>>8), byte(v>>16))
		case 32:
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case 61:
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		case 80:
			b = append(b, byte(v+128))
		case 160:
			b = binary.LittleEndian.AppendUint16(b, uint16(v+32768))
		case 212:
			u := uint32(v) & 0xfff
			if k%2 == 0 {
				b = append(b, byte(u), byte(u>>8))
			} else {
				b[len(b)-1] |= byte(u>>8) << 4
				b = append(b, byte(u))
			}
		default:
			panic(fmt.Sprintf("format %d", format))
		}
	}
	return b
}

// EncodeAnnotations writes annotations in MIT format.
func EncodeAnnotations(annotations []Annotation) (b []byte) {
	word := func(code, value int) { b = binary.LittleEndian.AppendUint16(b, uint16(code<<10|value&0x3ff)) }
	at, num := 0, 0
	for _, a := range annotations {
		interval := a.Sample - at
		if interval < 0 || interval > 1023 {
			word(59, 0)
			b = binary.LittleEndian.AppendUint16(b, uint16(uint32(interval)>>16))
			b = binary.LittleEndian.AppendUint16(b, uint16(interval))
			interval = 0
		}
		word(Codes[a.Code], interval)
		if a.Num != num {
			word(60, a.Num)
			num = a.Num
		}
		if a.Aux != "" {
			word(63, len(a.Aux))
			if b = append(b, a.Aux...); len(a.Aux)%2 == 1 {
				b = append(b, 0)
			}
		}
		at = a.Sample
	}
	return append(b, 0, 0)
}

// Waves marks the waves of an electrocardiogram, of which labels has one for each step: 0 to 5 for P, PQ, QR, RS, ST
// and TP. What is cut off at an end has not all of its marks.
func Waves(labels []int) (marks []Annotation) {
	mark := func(at int, code string) { marks = append(marks, Annotation{Sample: at, Code: code}) }
	for at := 1; at < len(labels); at++ {
		if labels[at] == labels[at-1] {
			continue
		}
		end := at
		for end < len(labels) && labels[end] == labels[at] {
			end++
		}
		switch labels[at] {
		case 0:
			mark(at, "(")
			mark((at+end)/2, "p")
		case 1:
			mark(at, ")")
		case 2:
			mark(at, "(")
		case 3:
			mark(at, "N")
		case 4:
			mark(at, ")")
			mark((at+end)/2, "t") // without its '(', as often in the QT Database
		case 5:
			mark(at, ")")
		}
	}
	return marks
}
