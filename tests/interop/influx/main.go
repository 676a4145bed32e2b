// Influx lines as InfluxData's own decoder understands them: reads lines from standard input and
// writes each as a JSON object with measurement, tags, fields (with their kinds) and time in
// nanoseconds. What the decoder refuses ends it with status 1. For formats_kafka.py.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
)

type line struct {
	Measurement string            `json:"measurement"`
	Tags        map[string]string `json:"tags"`
	Fields      map[string]any    `json:"fields"`
	Kinds       map[string]string `json:"kinds"`
	Time        int64             `json:"time"`
}

func read(d *lineprotocol.Decoder) (*line, error) {
	l := &line{Tags: map[string]string{}, Fields: map[string]any{}, Kinds: map[string]string{}}
	name, err := d.Measurement()
	if err != nil {
		return nil, err
	}
	l.Measurement = string(name)
	for {
		key, value, err := d.NextTag()
		if err != nil {
			return nil, err
		}
		if key == nil {
			break
		}
		l.Tags[string(key)] = string(value)
	}
	for {
		key, value, err := d.NextField()
		if err != nil {
			return nil, err
		}
		if key == nil {
			break
		}
		l.Fields[string(key)] = value.Interface()
		l.Kinds[string(key)] = value.Kind().String()
	}
	at, err := d.Time(lineprotocol.Nanosecond, time.Time{})
	if err != nil {
		return nil, err
	}
	l.Time = at.UnixNano()
	return l, nil
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(out)
	d := lineprotocol.NewDecoder(os.Stdin)
	for d.Next() {
		l, err := read(d)
		if err == nil {
			err = enc.Encode(l)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "influx:", err)
			os.Exit(1)
		}
	}
	if err := out.Flush(); err != nil {
		os.Exit(1)
	}
}
