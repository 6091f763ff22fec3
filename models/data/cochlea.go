package data

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/pkg/errors"
)

// Cochlea makes spike trains that resemble spoken digits as an inner ear sends them on: the
// stand-in for the Spiking Heidelberg Digits where these are not at hand.
//
// A word is a chain of phonemes. Each has the frequencies of three formants, between which the
// voice glides, and possibly a band of noise, as in s or f. Channels stand for frequencies from
// 80 Hz to 8 kHz, evenly spaced on the mel scale, and fire as Poisson processes whose rates follow the
// energy near their frequency, the voiced part in the rhythm of the pitch. Frequencies of vowels are
// rounded from Peterson & Barney 1952.
//
// Speakers differ in the length of the vocal tract, pitch, tempo, loudness and articulation; what
// one says twice differs a little in the same ways. Classes 0 to 9 are the English digits, 10 to 19
// the German ones, as in the Spiking Heidelberg Digits.
//
// The zero value is the default of each field. Where an amount may be absent, a negative value
// stands for none.
type Cochlea struct {
	Examples int // default 1000; as many of each class as can be
	Channels int // default 70
	Classes  int // 1 to 20; default 20
	Speakers int // default 12

	// Duration is the length of an example in ms; what is said later is lost. Default 800.
	Duration float64

	// Rate is the firing rate of a channel at the energy 1 in Hz. Default 250.
	Rate float64

	// Background is the firing rate without sound in Hz. Default 3.
	Background float64

	// Variation is by how much speakers, and the words of one, differ: 1, the default, is a
	// standard deviation of 6 % in the length of the vocal tract, 15 % in pitch and tempo and 20 % in
	// loudness. At most 2.
	Variation float64
}

// phoneme is a sound, with frequencies in Hz and times in ms.
type phoneme struct {
	formants [3]float64
	voice    float64 // loudness of the formants; 0 is unvoiced
	noise    float64 // centre of the band of noise; 0 is none
	hiss     float64 // loudness of the noise
	length   float64
}

var phonemes = map[string]phoneme{
	"i": {formants: [3]float64{270, 2290, 3010}, voice: 1, length: 120},
	"I": {formants: [3]float64{390, 1990, 2550}, voice: 1, length: 90},
	"e": {formants: [3]float64{450, 2100, 2700}, voice: 1, length: 100},
	"E": {formants: [3]float64{530, 1840, 2480}, voice: 1, length: 100},
	"a": {formants: [3]float64{730, 1090, 2440}, voice: 1, length: 120},
	"A": {formants: [3]float64{640, 1190, 2390}, voice: 1, length: 110},
	"O": {formants: [3]float64{570, 840, 2410}, voice: 1, length: 120},
	"o": {formants: [3]float64{450, 800, 2400}, voice: 1, length: 120},
	"U": {formants: [3]float64{440, 1020, 2240}, voice: 1, length: 90},
	"u": {formants: [3]float64{300, 870, 2240}, voice: 1, length: 130},
	"y": {formants: [3]float64{300, 1750, 2200}, voice: 1, length: 110},
	"@": {formants: [3]float64{500, 1400, 2400}, voice: .6, length: 60},
	"r": {formants: [3]float64{420, 1300, 1650}, voice: .7, length: 70},
	"l": {formants: [3]float64{360, 1100, 2700}, voice: .7, length: 80},
	"w": {formants: [3]float64{300, 650, 2200}, voice: .7, length: 60},
	"n": {formants: [3]float64{250, 1450, 2400}, voice: .5, length: 90},
	"v": {formants: [3]float64{250, 1100, 2300}, voice: .4, noise: 4500, hiss: .3, length: 70},
	"z": {formants: [3]float64{250, 1500, 2500}, voice: .3, noise: 5500, hiss: .6, length: 80},
	"d": {formants: [3]float64{250, 1700, 2600}, voice: .3, noise: 3500, hiss: .5, length: 35},
	"b": {formants: [3]float64{250, 900, 2300}, voice: .4, length: 40},
	"f": {noise: 4500, hiss: .5, length: 100},
	"T": {noise: 6500, hiss: .4, length: 90},
	"s": {noise: 5500, hiss: 1, length: 120},
	"t": {noise: 4000, hiss: .9, length: 35},
	"k": {noise: 2000, hiss: .8, length: 40},
	"x": {noise: 1500, hiss: .6, length: 90},
	" ": {length: 40}, // closure
}

// words are the digits from 0 to 9, English and German, letter by letter from phonemes.
var words = [20]string{
	"zIro", "wAn", " tu", "Tri", "fOr", "faIv", "sI ks", "sEv@n", "eI t", "naIn",
	"nUl", "aIns", " tsvaI", "draI", "fir", "fynf", "zE ks", "zib@n", "ax t", "nOIn",
}

// DigitNames are what the classes of [Cochlea] and of the Spiking Heidelberg Digits are called.
var DigitNames = []string{
	"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
	"null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
}

// Generate makes the spike trains. Example i depends on the settings, seed and i alone, and so do
// speakers: another seed gives other speakers, who say the same words.
func (c Cochlea) Generate(seed uint64) (*Events, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, errors.Wrap(err, "data: cochlea")
	}
	e, err := NewEvents(c.Channels, c.Classes)
	if err != nil {
		return nil, err
	}
	said := make([]utterance, c.Examples)
	var workers sync.WaitGroup
	n := min(runtime.GOMAXPROCS(0), c.Examples)
	for worker := range n {
		workers.Go(func() {
			for i := worker; i < c.Examples; i += n {
				said[i] = c.say(seed, i)
			}
		})
	}
	workers.Wait()
	for i, u := range said {
		if err := e.Append(u.times, u.units, i%c.Classes, u.speaker); err != nil {
			return nil, errors.Wrapf(err, "data: cochlea: example %d", i)
		}
		said[i] = utterance{}
	}
	return e, nil
}

func (c Cochlea) withDefaults() Cochlea {
	for _, f := range []struct {
		field    *int
		standard int
	}{{&c.Examples, 1000}, {&c.Channels, 70}, {&c.Classes, len(words)}, {&c.Speakers, 12}} {
		if *f.field == 0 {
			*f.field = f.standard
		}
	}
	for _, f := range []struct {
		field    *float64
		standard float64
	}{{&c.Duration, 800}, {&c.Rate, 250}, {&c.Background, 3}, {&c.Variation, 1}} {
		if *f.field == 0 {
			*f.field = f.standard
		}
	}
	c.Background, c.Variation = max(c.Background, 0), max(c.Variation, 0)
	return c
}

func (c Cochlea) check() error {
	for _, f := range []struct {
		name         string
		value, limit float64
	}{
		{"Examples", float64(c.Examples), 1e6}, {"Channels", float64(c.Channels), 1e4}, {"Classes", float64(c.Classes), float64(len(words))},
		{"Speakers", float64(c.Speakers), 1e6}, {"Duration", c.Duration, 1e4}, {"Rate", c.Rate, 1e4},
	} {
		if !(f.value > 0 && f.value <= f.limit) {
			return errors.Errorf("%s is %.10g, want more than 0 and at most %.10g", f.name, f.value, f.limit)
		}
	}
	switch {
	case !(c.Background <= 1e3):
		return errors.Errorf("Background is %v Hz, want at most 1000", c.Background)
	case !(c.Variation <= 2):
		return errors.Errorf("Variation is %v, want at most 2", c.Variation)
	}
	return nil
}

// voice is how someone speaks: factors of frequencies, pitch, tempo and loudness, and of each
// formant for itself.
type voice struct {
	tract, pitch, tempo, loudness float64
	formants                      [3]float64
}

// drawVoice draws a voice around a mean.
func drawVoice(rng *rand.Rand, mean voice, variation float64) voice {
	vary := func(x, spread float64) float64 {
		return x * math.Exp(variation*spread*min(max(rng.NormFloat64(), -2), 2))
	}
	v := voice{tract: vary(mean.tract, .06), pitch: vary(mean.pitch, .15), tempo: vary(mean.tempo, .15), loudness: vary(mean.loudness, .2)}
	for k := range v.formants {
		v.formants[k] = vary(mean.formants[k], .03)
	}
	return v
}

// utterance is a word that was said.
type utterance struct {
	times   []float64 // ms
	units   []uint32
	speaker int
}

// say makes the spikes of example i.
func (c Cochlea) say(seed uint64, i int) utterance {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	u := utterance{speaker: rng.IntN(c.Speakers)}
	// The streams of speakers come after those of all examples.
	speaker := drawVoice(rand.New(rand.NewPCG(seed, 1<<32+uint64(u.speaker))),
		voice{tract: 1, pitch: 140, tempo: 1, loudness: 1, formants: [3]float64{1, 1, 1}}, c.Variation)
	now := drawVoice(rng, speaker, c.Variation/3)
	s := c.pronounce(words[i%c.Classes], now, 40+40*rng.Float64())
	energy := make([]float64, c.Channels)
	for ms := range int(math.Ceil(c.Duration)) {
		s.energy(float64(ms), energy)
		for channel, x := range energy {
			p := 1 - math.Exp(-(c.Rate*x+c.Background)/1000)
			if rng.Float64() >= p {
				continue
			}
			// Times are those of 32-bit floats: results of trainings depend on them.
			if at := float64(float32(float64(ms) + rng.Float64())); at < c.Duration {
				u.times, u.units = append(u.times, at), append(u.units, uint32(channel))
			}
		}
	}
	return u
}

// speech is a word on its way through the ear.
type speech struct {
	channels int
	voice    voice
	parts    []phoneme // with the voice's frequencies as channels and its tempo
	starts   []float64 // ms, one more than parts
}

// pronounce prepares a word that begins at a time in ms.
func (c Cochlea) pronounce(word string, v voice, start float64) *speech {
	s := &speech{channels: c.Channels, voice: v, starts: []float64{start}}
	for _, letter := range word {
		p := phonemes[string(letter)]
		for k := range p.formants {
			p.formants[k] = c.channel(p.formants[k] * v.tract * v.formants[k])
		}
		p.noise = c.channel(p.noise * v.tract)
		p.length /= v.tempo
		s.parts = append(s.parts, p)
		start += p.length
		s.starts = append(s.starts, start)
	}
	return s
}

// channel is where a frequency lies in the bank of channels; 0 Hz lies outside.
func (c Cochlea) channel(hz float64) float64 {
	mel := func(hz float64) float64 { return 1127 * math.Log1p(hz/700) }
	return float64(c.Channels-1) * (mel(hz) - mel(80)) / (mel(8000) - mel(80))
}

const (
	glide        = 25.       // ms from one phoneme to the next
	formantWidth = 1.6 / 70. // of the bank of channels
	noiseWidth   = 6. / 70.
)

// energy writes the energy at a time to each channel.
func (s *speech) energy(ms float64, into []float64) {
	clear(into)
	if ms < s.starts[0] || ms >= s.starts[len(s.parts)] {
		return
	}
	i := 0
	for ms >= s.starts[i+1] {
		i++
	}
	p := s.parts[i]
	// Formants glide to the next phoneme around the border between the two. Where one has none, the
	// other's stay.
	if i+1 < len(s.parts) {
		p = blend(p, s.parts[i+1], .5+(ms-s.starts[i+1])/glide)
	}
	if i > 0 {
		p = blend(s.parts[i-1], p, .5+(ms-s.starts[i])/glide)
	}
	pulse := .5 + .5*math.Cos(2*math.Pi*s.voice.pitch*ms/1000)
	for k, centre := range p.formants {
		s.bump(into, centre, formantWidth, p.voice*s.voice.loudness*[3]float64{1, .8, .5}[k]*(.4+1.2*pulse))
	}
	s.bump(into, p.noise, noiseWidth, .5*p.hiss*s.voice.loudness)
}

// blend is a phoneme between two, at a share of the way that is cut to 0 … 1.
func blend(a, b phoneme, share float64) phoneme {
	share = min(max(share, 0), 1)
	mix := func(x, y float64) float64 { return x + share*(y-x) }
	p := phoneme{voice: mix(a.voice, b.voice), hiss: mix(a.hiss, b.hiss), noise: a.noise}
	for k := range p.formants {
		switch {
		case a.voice == 0:
			p.formants[k] = b.formants[k]
		case b.voice == 0:
			p.formants[k] = a.formants[k]
		default:
			p.formants[k] = mix(a.formants[k], b.formants[k])
		}
	}
	if a.hiss == 0 || b.hiss > 0 && share > .5 {
		p.noise = b.noise
	}
	return p
}

// bump adds energy around a channel.
func (s *speech) bump(into []float64, centre, width, level float64) {
	if level <= 0 {
		return
	}
	width *= float64(s.channels)
	for i := max(0, int(centre-3*width)); i <= min(s.channels-1, int(centre+3*width)); i++ {
		d := (float64(i) - centre) / width
		into[i] += level * math.Exp(-d*d/2)
	}
}
