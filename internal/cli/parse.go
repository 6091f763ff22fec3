package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pkg/errors"
)

// ErrHelp is what [ParseArgs] returns after it printed the help that was asked for.
var ErrHelp = errors.New("help was asked for")

const (
	statusError       = 1
	statusUsage       = 2
	statusInterrupted = 130
)

// Parse fills flags, a pointer to a struct with the tags of github.com/alecthomas/kong, from the
// command line of the program called name. Wrong flags end the program with a message on stderr and
// status 2; -h, -help and --help print help on stdout and end it with status 0.
func Parse(flags any, name, description string) {
	Command{Name: name, About: description}.MustParse(flags)
}

// MustParse is [Parse], and returns the flags and arguments one by one.
func (c Command) MustParse(flags any) []Setting {
	list, err := c.Parse(flags, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\nRun '%s -help' for the flags.\n", c.Name, err, c.Name)
		os.Exit(statusUsage)
	}
	return list
}

// ParseArgs is [Parse] for the given arguments, without the program's name. It writes help to
// stdout and then returns [ErrHelp]. Any other error tells what is wrong with the arguments.
//
// A long flag may have one dash or two, and its value may follow "=" or be the next argument, also
// where it is a negative number. Arguments after "--" are never flags.
func ParseArgs(flags any, name, description string, args []string, stdout io.Writer) error {
	_, err := Command{Name: name, About: description}.Parse(flags, args, stdout)
	return err
}

// Command is what a program is called and what it does.
type Command struct {
	Name, About string

	// Vars are what ${variables} in the tags of flags stand for.
	Vars map[string]string

	// Names are those that flags have in this program in place of the ones that they are declared with.
	Names map[string]string
}

// Parse is [ParseArgs], and returns the flags and arguments one by one.
func (c Command) Parse(flags any, args []string, stdout io.Writer) ([]Setting, error) {
	helped := false
	parser, err := kong.New(flags,
		kong.Name(c.Name),
		kong.Description(c.About+"\n\nFlags may have one dash or two."),
		kong.Vars(c.Vars),
		kong.Writers(stdout, io.Discard),
		kong.Exit(func(int) { helped = true }),
	)
	if err != nil {
		return nil, errors.Wrap(err, "declaration of the flags")
	}
	rename(parser.Model, c.Names)
	// kong goes on after a help flag, and may then miss a required one.
	parsed, err := parser.Parse(twoDashes(parser.Model, args))
	if helped {
		return nil, ErrHelp
	}
	if err != nil {
		return nil, errors.WithStack(err)
	}
	list := settings(parsed)
	for _, s := range list {
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rename gives flags other names.
func rename(model *kong.Application, names map[string]string) {
	long, _ := knownFlags(model)
	for from, to := range names {
		if flag := long[from]; flag != nil {
			flag.Name = to
		}
	}
}

// negativeNumber is also the start of a list of numbers, such as -1,2.
var negativeNumber = regexp.MustCompile(`^-(\.?[0-9]|(?i:inf))`)

// twoDashes rewrites args as kong expects them: -name becomes --name, and a negative number is
// joined by "=" to the flag before it. Single-letter flags, alone or in a cluster such as -xvf,
// stay as they are, unless the cluster is the name of a long flag.
func twoDashes(model *kong.Application, args []string) []string {
	long, short := knownFlags(model)
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		if !strings.HasPrefix(arg, "-") || name == "" {
			out = append(out, arg)
			continue
		}
		single := !strings.HasPrefix(arg, "--")
		flag := long[name]
		if single && short[name] != nil {
			flag = short[name]
		} else if single && (flag != nil || short[name[:1]] == nil && !negativeNumber.MatchString(arg)) {
			// An unknown flag too, so that the error has its whole name.
			arg = "-" + arg
		}
		takesValue := flag != nil && !hasValue && !flag.IsBool() && !flag.IsCounter()
		if takesValue && i+1 < len(args) && negativeNumber.MatchString(args[i+1]) {
			i++
			arg = "--" + flag.Name + "=" + args[i]
		}
		out = append(out, arg)
	}
	return out
}

// knownFlags returns the flags of a program by their long and their one-letter names.
func knownFlags(model *kong.Application) (long, short map[string]*kong.Flag) {
	long, short = map[string]*kong.Flag{}, map[string]*kong.Flag{}
	// The visitor has no error of its own.
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			long[flag.Name] = flag
			for _, alias := range flag.Aliases {
				long[alias] = flag
			}
			switch negated := flag.Tag.Negatable; negated {
			case "":
			case "_": // kong's mark for the usual name
				long["no-"+flag.Name] = flag
			default:
				long[negated] = flag
			}
			if flag.Short != 0 {
				short[string(flag.Short)] = flag
			}
		}
		return next(nil)
	})
	return long, short
}
