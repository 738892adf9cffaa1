package survey

import (
	"encoding/xml"
	"path"
	"regexp"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// Java is what is known of a service that Maven or Gradle builds, whatever language of the JVM it is written in.
type Java struct {
	Maven   bool   // otherwise it is Gradle
	Wrapper string // the directory of mvnw or gradlew, relative to the service; "" none
	Root    string // the directory of the whole build, relative to the service; "." itself
	Module  string // what the service is called there: a path for Maven, ":orders" for Gradle
	Jib     bool   // the build knows how to make an image
	Boot    bool   // it is a Spring Boot application
	Tests   bool
}

// project is what is read of a pom.xml.
type project struct {
	ArtifactID string   `xml:"artifactId"`
	Packaging  string   `xml:"packaging"`
	Modules    []string `xml:"modules>module"`
	Plugins    []string `xml:"build>plugins>plugin>artifactId"`
}

func (t *tree) maven(s *Service) (runs bool, why string) {
	if !t.has(s.Dir, "pom.xml") {
		return false, ""
	}
	s.Manifest = "pom.xml"
	var p project
	if err := xml.Unmarshal([]byte(t.text(s.Dir, "pom.xml")), &p); err != nil {
		return false, "its pom.xml cannot be read: " + err.Error()
	}
	s.Name = p.ArtifactID
	if len(p.Modules) > 0 {
		return false, "its pom.xml only holds modules together"
	}
	s.Java = &Java{Maven: true, Root: ".", Tests: t.exists(path.Join(s.Dir, "src/test"))}
	for _, plugin := range p.Plugins {
		s.Java.Boot = s.Java.Boot || plugin == "spring-boot-maven-plugin"
		s.Java.Jib = s.Java.Jib || plugin == "jib-maven-plugin"
	}
	for above := path.Dir(s.Dir); s.Dir != "."; above = path.Dir(above) {
		if t.has(above, "pom.xml") && strings.Contains(t.text(above, "pom.xml"), "<module>"+relative(above, s.Dir)+"</module>") {
			s.Java.Root, s.Java.Module = up(s.Dir, above), relative(above, s.Dir)
		}
		if above == "." {
			break
		}
	}
	s.Java.Wrapper = t.wrapper(s.Dir, "mvnw")
	return s.Java.Boot || s.Java.Jib || t.startsOnJVM(s.Dir), ""
}

var gradleInclude = pattern.New(`(?m)^\s*include\b`)

func (t *tree) gradle(s *Service) (runs bool, why string) {
	s.Manifest = t.first(s.Dir, "build.gradle", "build.gradle.kts")
	if s.Manifest == "" {
		return false, ""
	}
	text := t.text(s.Dir, s.Manifest)
	s.Java = &Java{
		Root: ".", Wrapper: t.wrapper(s.Dir, "gradlew"), Tests: t.exists(path.Join(s.Dir, "src/test")),
		Jib: strings.Contains(text, "com.google.cloud.tools.jib"), Boot: gradleBoot(text),
	}
	for above := path.Dir(s.Dir); s.Dir != "."; above = path.Dir(above) {
		if t.first(above, "settings.gradle", "settings.gradle.kts") != "" && t.first(s.Dir, "settings.gradle", "settings.gradle.kts") == "" {
			s.Java.Root, s.Java.Module = up(s.Dir, above), ":"+strings.ReplaceAll(relative(above, s.Dir), "/", ":")
		}
		if above == "." {
			break
		}
	}
	settings := t.text(s.Dir, "settings.gradle") + t.text(s.Dir, "settings.gradle.kts")
	if gradleInclude.MatchString(settings) && !t.startsOnJVM(s.Dir) {
		return false, "its build only holds projects together"
	}
	application := regexp.MustCompile(`(?m)(id[ (]['"]application['"]|^\s*application\s*$|apply plugin: ['"]application['"])`).MatchString(text)
	return s.Java.Jib || s.Java.Boot || application || t.startsOnJVM(s.Dir), ""
}

var gradleBootPlugin = pattern.New(`(?i)((id|plugin:?)[ (]*['"]org\.springframework\.boot['"]|alias[ (]+libs\.plugins\.[\w.]*spring[\w.]*boot\b)`)

// gradleBoot tells whether a build makes a Spring Boot application. One that only says which version of the plugin its
// projects get does not apply it, and a dependency of that name is any library's.
func gradleBoot(text string) bool {
	for line := range strings.Lines(text) {
		if gradleBootPlugin.MatchString(line) && !strings.Contains(line, "apply false") && !strings.Contains(line, "apply(false)") {
			return true
		}
	}
	return false
}

// wrapper is where a build's own copy of its tool lies, in the directory or above.
func (t *tree) wrapper(dir, name string) string {
	for above := dir; ; above = path.Dir(above) {
		if t.has(above, name) {
			return up(dir, above)
		}
		if above == "." {
			return ""
		}
	}
}

// startsOnJVM tells whether a project has a class that is called as Spring Boot's applications are.
func (t *tree) startsOnJVM(dir string) bool {
	for _, d := range t.dirs() {
		if !below(dir, d) || !strings.HasPrefix(relative(dir, d), "src/main") {
			continue
		}
		for _, name := range t.names[d] {
			if strings.HasSuffix(name, "Application.java") || strings.HasSuffix(name, "Application.kt") || name == "Application.scala" {
				return true
			}
		}
	}
	return false
}
